import type { Transaction } from '@trunkline/postgres';

import { type Job, type JobEnding, type JobState, readLeasedJob } from './job.ts';
import { leasedRows } from './leased-rows.ts';

/** Jobs are leased work: one process has a job, until it ends, gives it back or is not heard of. */
const jobs = {
  table: 'job',
  key: 'job_id',
  // One job of a group sends at a time, the eldest; those that only await outcomes are in nobody's way.
  where: `work.state <> 'ended' AND (work.state = 'awaiting' OR NOT EXISTS (
    SELECT FROM journal.job elder WHERE elder.consumer_group = work.consumer_group
      AND elder.state NOT IN ('awaiting', 'ended') AND (elder.created_at, elder.job_id) < (work.created_at, work.job_id)))`,
  orderBy: 'work.created_at, work.job_id',
} as const;

const leased = leasedRows(jobs, readLeasedJob);
export const claimJob: typeof leased.claim = leased.claim;
export const withJob: typeof leased.use = leased.use;
export const keepJob: typeof leased.keep = leased.keep;
export const releaseJob: typeof leased.release = leased.release;

export interface JobStep {
  readonly state?: JobState;
  readonly ending?: JobEnding;
  /** Null: none any more. */
  readonly reason?: string | null;
  /** From now; null: none. */
  readonly dueInMs?: number | null;
  readonly isPlanned?: boolean;
}

/** Moves a job on, within `withJob`. */
export async function moveJob(tx: Transaction, job: Pick<Job, 'id'>, step: JobStep): Promise<void> {
  const { state, ending, reason, dueInMs, isPlanned = false } = step;
  await tx.query(
    `UPDATE journal.job SET state = coalesce($2, state), ending = coalesce($3, ending),
       reason = CASE WHEN $4 THEN $5 ELSE reason END,
       due_at = CASE WHEN $6 THEN clock_timestamp() + $7::float8 * interval '1 millisecond' ELSE due_at END,
       planned_at = CASE WHEN $8 THEN clock_timestamp() ELSE planned_at END,
       finished_at = CASE WHEN $2 = 'ended' THEN clock_timestamp() ELSE finished_at END
     WHERE job_id = $1::uuid`,
    [
      job.id,
      state ?? null,
      ending ?? null,
      reason !== undefined,
      reason ?? null,
      dueInMs !== undefined,
      dueInMs ?? null,
      isPlanned,
    ],
  );
}
