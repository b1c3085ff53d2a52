import type { Transaction } from '@trunkline/postgres';

import { leasedRows } from '../jobs/leased-rows.ts';
import { type LeasedReplay, readLeasedReplay, type ReplayEnding, type ReplayState } from './replay.ts';

/** One replay of a source at a time, the eldest: the next one plans with what it has archived. */
const leased = leasedRows(
  {
    table: 'replay',
    key: 'job_id',
    where: `work.state <> 'ended' AND NOT EXISTS (
      SELECT FROM journal.replay elder WHERE elder.source = work.source AND elder.tenant_id = work.tenant_id
        AND elder.state <> 'ended' AND (elder.created_at, elder.job_id) < (work.created_at, work.job_id))`,
    orderBy: 'work.created_at, work.job_id',
  },
  readLeasedReplay,
);
export const claimReplay: typeof leased.claim = leased.claim;
export const withReplay: typeof leased.use = leased.use;
export const keepReplay: typeof leased.keep = leased.keep;
export const releaseReplay: typeof leased.release = leased.release;

export interface ReplayStep {
  readonly state?: ReplayState;
  readonly ending?: ReplayEnding;
  /** Null: none any more. */
  readonly reason?: string | null;
  /** From now; null: none. */
  readonly dueInMs?: number | null;
  readonly isPlanned?: boolean;
}

/** Moves a replay on, within `withReplay`. */
export async function moveReplay(tx: Transaction, replay: LeasedReplay, step: ReplayStep): Promise<void> {
  const { state = replay.state, ending, reason = replay.reason, dueInMs, isPlanned = false } = step;
  await tx.query(
    `UPDATE journal.replay SET state = $2, ending = $3, reason = $4,
       due_at = CASE WHEN $5 THEN clock_timestamp() + $6::float8 * interval '1 millisecond' ELSE due_at END,
       planned_at = CASE WHEN $7 THEN clock_timestamp() ELSE planned_at END,
       finished_at = CASE WHEN $2 = 'ended' THEN clock_timestamp() ELSE finished_at END
     WHERE job_id = $1::uuid`,
    [replay.uuid, state, ending ?? null, reason ?? null, dueInMs !== undefined, dueInMs ?? null, isPlanned],
  );
}
