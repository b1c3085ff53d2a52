import { uuidText } from '@trunkline/core';
import type { LetterId } from '@trunkline/events';
import type { Database, Transaction } from '@trunkline/postgres';

import type { LetterGroup } from '../letters/list.ts';
import { letterTablesSql } from '../letters/state.ts';
import { withTenants } from '../scope.ts';
import type { Job } from './job.ts';
import { jobLimits } from './limits.ts';

/** A letter that waits in a job's plan. */
export interface PlannedLetter {
  readonly id: LetterId;
  readonly place: number;
  /** On the dead-letter topic. */
  readonly partition: number;
  readonly offset: bigint;
  readonly bytes: number;
  readonly isForced: boolean;
}

/** The next letters of a plan, in its order, at least one where there is one, and of so many bytes. */
export async function nextPlanned(
  database: Database,
  asked: {
    readonly jobId: string;
    readonly canaryOnly: boolean;
    readonly afterPlace: number;
    readonly limit: number;
    readonly maxBytes: number;
    readonly signal: AbortSignal;
  },
): Promise<readonly PlannedLetter[]> {
  const { jobId, canaryOnly, afterPlace, limit, maxBytes, signal } = asked;
  const rows = await withTenants(
    database,
    'all',
    (tx) => tx.query<PlannedRow>(nextSql, [jobId, canaryOnly, afterPlace, limit, maxBytes]),
    { signal },
  );
  return rows.map((row) => ({
    id: `ltr_${row.letter_id}`,
    place: row.place,
    partition: row.dlt_part,
    offset: BigInt(row.dlt_off),
    bytes: row.bytes,
    isForced: row.is_forced,
  }));
}

interface PlannedRow {
  readonly letter_id: string;
  readonly place: number;
  readonly dlt_part: number;
  readonly dlt_off: string;
  readonly bytes: number;
  readonly is_forced: boolean;
}

const nextSql = `
SELECT replace(letter_id::text, '-', '') AS letter_id, place, dlt_part, dlt_off::text, bytes, is_forced FROM (
  SELECT *, sum(bytes) OVER (ORDER BY place) AS weight, row_number() OVER (ORDER BY place) AS turn FROM (
    SELECT * FROM journal.job_letter
    WHERE job_id = $1::uuid AND state = 'queued' AND place > $3 AND (is_canary OR NOT $2) ORDER BY place LIMIT $4
  ) waiting
) weighed WHERE weight <= $5 OR turn = 1 ORDER BY place`;

/** Leaves out of these letters what somebody put aside since they were planned: it counts as skipped. Returns which those are. */
export async function skipDiscarded(
  tx: Transaction,
  job: Pick<Job, 'id'>,
  letters: readonly LetterId[],
): Promise<ReadonlySet<LetterId>> {
  const rows = await tx.query<{ readonly hex: string }>(discardedSql, [
    job.id,
    letters.map((id) => uuidText(id.slice(4))),
  ]);
  return new Set(rows.map(({ hex }): LetterId => `ltr_${hex}`));
}

const discardedSql = `UPDATE journal.job_letter planned SET state = 'skipped', reason = 'discarded'
FROM trunkline.dead_letter decision WHERE decision.letter_id = planned.letter_id AND decision.state = 'discarded'
  AND planned.job_id = $1::uuid AND planned.letter_id = ANY ($2::uuid[]) AND planned.state = 'queued'
RETURNING replace(planned.letter_id::text, '-', '') AS hex`;

/** Notes that letters are on their way, and which could not be sent because retention has taken their records. */
export async function markSent(
  tx: Transaction,
  job: Pick<Job, 'id'>,
  letters: { readonly sent: readonly LetterId[]; readonly gone: readonly LetterId[] },
): Promise<void> {
  const hexOf = (id: LetterId): string => uuidText(id.slice(4));
  await tx.query(sentSql, [job.id, letters.sent.map(hexOf)]);
  if (letters.gone.length > 0) await tx.query(goneSql, [job.id, letters.gone.map(hexOf)]);
}

const sentSql = `UPDATE journal.job_letter SET state = 'sent', sent_at = clock_timestamp()
WHERE job_id = $1::uuid AND letter_id = ANY ($2::uuid[]) AND state = 'queued'`;
const goneSql = `UPDATE journal.job_letter SET state = 'skipped', reason = 'expired'
WHERE job_id = $1::uuid AND letter_id = ANY ($2::uuid[]) AND state = 'queued'`;

/** Gives back what was not sent yet: those letters are open again. */
export async function returnQueued(tx: Transaction, job: Pick<Job, 'id'>, reason: string): Promise<void> {
  await tx.query(
    `UPDATE journal.job_letter SET state = 'returned', reason = $2 WHERE job_id = $1::uuid AND state = 'queued'`,
    [job.id, reason],
  );
}

/** Notes what became of letters on their way: done says the inbox, died again a newer copy. Returns how many have an outcome now. */
export async function settleSent(tx: Transaction, job: Pick<Job, 'id'>, group: LetterGroup): Promise<number> {
  const rows = await tx.query<{ readonly settled: number }>(
    `WITH outcome AS (
       SELECT letter.letter_id, CASE
         WHEN done.outcome = 'stale' THEN 'stale'
         WHEN done.outcome IS NOT NULL THEN 'applied'
         WHEN (letter.dlt_part, letter.dlt_off) <> (planned.dlt_part, planned.dlt_off) THEN 'died_again'
       END AS state
       FROM ${letterTablesSql(group.schema)} JOIN journal.job_letter planned ON planned.letter_id = letter.letter_id
       WHERE planned.job_id = $1::uuid AND planned.state = 'sent'
         -- Few of a large plan are on their way: an array is looked up row by row, where the joins alone read every letter.
         AND letter.letter_id = ANY (ARRAY(SELECT letter_id FROM journal.job_letter WHERE job_id = $1::uuid AND state = 'sent'))
     ), settled AS (
       UPDATE journal.job_letter planned SET state = outcome.state FROM outcome
       WHERE planned.job_id = $1::uuid AND planned.letter_id = outcome.letter_id AND outcome.state IS NOT NULL RETURNING 1
     )
     SELECT count(*)::int AS settled FROM settled`,
    [job.id],
  );
  return rows[0]?.settled ?? 0;
}

/** How the first letters of a job fare. */
export interface Canary {
  /** Those that were or will be sent. */
  readonly letters: number;
  readonly queued: number;
  readonly sent: number;
  readonly diedAgain: number;
  /** Of those sent: failed once more, and tried again by themselves. */
  readonly retrying: number;
}

export async function readCanary(tx: Transaction, job: Pick<Job, 'id'>): Promise<Canary> {
  const [row] = await tx.query<Canary>(
    `SELECT (count(*) FILTER (WHERE state <> 'skipped'))::int AS letters, (count(*) FILTER (WHERE state = 'queued'))::int AS queued,
       (count(*) FILTER (WHERE state = 'sent'))::int AS sent, (count(*) FILTER (WHERE state = 'died_again'))::int AS "diedAgain",
       (count(*) FILTER (WHERE state = 'sent' AND EXISTS (SELECT FROM journal.step
         WHERE step.letter_id = planned.letter_id AND step.kind = 'retry' AND step.redrive_id = planned.job_id::text)))::int AS retrying
     FROM journal.job_letter planned WHERE job_id = $1::uuid AND is_canary`,
    [job.id],
  );
  return row ?? { letters: 0, queued: 0, sent: 0, diedAgain: 0, retrying: 0 };
}

/** Whether more of the canary dies again than a mend may leave. */
export function isCanaryDead(canary: Pick<Canary, 'letters'>, deaths: number): boolean {
  return deaths > canary.letters * jobLimits.canaryDeadShare;
}
