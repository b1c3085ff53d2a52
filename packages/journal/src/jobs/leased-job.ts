import type { Transaction } from '@trunkline/postgres';

import { type JobStep, moveHead } from './job-head.ts';
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

/** Moves a job on, within `withJob`. */
export async function moveJob(
  tx: Transaction,
  job: Pick<Job, 'id'>,
  step: JobStep<JobState, JobEnding>,
): Promise<void> {
  await moveHead(tx, { table: 'job', uuid: job.id }, step);
}
