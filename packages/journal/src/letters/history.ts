import { uuidText } from '@trunkline/core';
import type { LetterId } from '@trunkline/events';
import type { Database } from '@trunkline/postgres';

import { withTenants, type TenantScope } from '../scope.ts';
import { letterLimits } from './limits.ts';
import type { Letter } from './list.ts';

/** One copy of a letter's record on a topic of its group. */
export interface LetterStep {
  readonly kind: 'retry' | 'dead' | 'redrive';
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly appendedAtMs: number;
  /** Finished runs since the last redrive. */
  readonly attempt: number;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly dueAtMs: number | undefined;
  readonly redriveId: string | undefined;
  readonly traceId: string | undefined;
}

/** Every copy of a letter that is indexed, oldest first, at most as many as a page has. */
export async function readLetterSteps(
  database: Database,
  {
    scope,
    id,
    signal,
  }: { readonly scope: TenantScope; readonly id: LetterId; readonly signal?: AbortSignal | undefined },
): Promise<readonly LetterStep[]> {
  const rows = await withTenants(database, scope, (tx) => tx.query<StepRow>(stepsSql, [uuidText(id.slice(4))]), {
    signal,
  });
  return rows.toReversed().map((row) => ({
    kind: row.kind,
    topic: row.topic,
    partition: row.part,
    offset: BigInt(row.off),
    appendedAtMs: Number(row.appended_ms),
    attempt: row.attempt,
    code: row.code ?? undefined,
    message: row.message ?? undefined,
    dueAtMs: row.due_ms === null ? undefined : Number(row.due_ms),
    redriveId: row.redrive_id ?? undefined,
    traceId: row.trace_id ?? undefined,
  }));
}

interface StepRow {
  readonly kind: LetterStep['kind'];
  readonly topic: string;
  readonly part: number;
  readonly off: string;
  readonly appended_ms: string;
  readonly attempt: number;
  readonly code: string | null;
  readonly message: string | null;
  readonly due_ms: string | null;
  readonly redrive_id: string | null;
  readonly trace_id: string | null;
}

const stepsSql = `
SELECT step.kind, topic.name AS topic, step.part, step.off::text, (extract(epoch FROM step.appended_at) * 1000)::bigint::text AS appended_ms,
  step.attempt, code.name AS code, step.message, (extract(epoch FROM step.due_at) * 1000)::bigint::text AS due_ms,
  step.redrive_id, replace(step.trace_id::text, '-', '') AS trace_id
FROM journal.step JOIN journal.name topic ON topic.id = step.topic LEFT JOIN journal.name code ON code.id = step.code
WHERE step.letter_id = $1::uuid ORDER BY step.appended_at DESC, step.off DESC LIMIT ${letterLimits.copies}`;

/**
 * Events of the same key that were appended behind a letter's own: where there are some, sending it back will most
 * likely find newer state. Counted up to a page.
 */
export async function countNewerEvents(
  database: Database,
  {
    scope,
    letter,
    keyHash,
    signal,
  }: {
    readonly scope: TenantScope;
    readonly letter: Pick<Letter, 'original' | 'originalAtMs' | 'firstDiedAtMs'>;
    /** See `keyHash`. */
    readonly keyHash: bigint;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<number> {
  const { topic, partition, offset } = letter.original;
  const since = new Date(letter.originalAtMs ?? letter.firstDiedAtMs).toISOString();
  const values = [topic, partition, String(offset), String(keyHash), since];
  const [row] = await withTenants(database, scope, (tx) => tx.query<{ readonly newer: number }>(newerSql, values), {
    signal,
  });
  return row?.newer ?? 0;
}

const newerSql = `
SELECT count(*)::int AS newer FROM (
  SELECT FROM journal.event
  WHERE key_hash = $4::bigint AND appended_at >= $5::timestamptz AND part = $2 AND off > $3::bigint
    AND topic = (SELECT id FROM journal.name WHERE kind = 'topic' AND name = $1)
  LIMIT ${letterLimits.copies}
) behind`;
