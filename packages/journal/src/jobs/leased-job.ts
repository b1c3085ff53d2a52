import {
  claimWork,
  type Database,
  type Lease,
  leaseLost,
  releaseLease,
  renewLease,
  type Transaction,
} from '@trunkline/postgres';

import { withTenants } from '../scope.ts';
import { type Job, type JobEnding, type JobState, type LeasedJob, readLeasedJob } from './job.ts';
import { jobLimits } from './limits.ts';

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

/** A job that a process has, and for how long at a time. */
export interface JobLease extends Lease {
  readonly leaseMs: number;
}

export interface ClaimJob {
  readonly owner: string;
  readonly leaseMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Takes a job that nobody has. */
export async function claimJob(
  database: Database,
  { owner, leaseMs = jobLimits.leaseMs, signal }: ClaimJob,
): Promise<JobLease | undefined> {
  const lease = await withTenants(database, 'all', (tx) => claimWork(tx, jobs, { owner, leaseMs }), { signal });
  return lease === undefined ? undefined : { ...lease, leaseMs };
}

/**
 * Runs `run` in a transaction that has the job: it renews the lease and locks the row first, so whatever it writes is
 * written by the one that holds the lease, or not at all.
 */
export async function withJob<T>(
  database: Database,
  lease: JobLease,
  ...[run, signal]: [run: (tx: Transaction, job: LeasedJob) => Promise<T>, signal?: AbortSignal]
): Promise<T | typeof leaseLost> {
  return await withTenants(
    database,
    'all',
    async (tx) => {
      if (!(await renewLease(tx, jobs, { lease, leaseMs: lease.leaseMs }))) return leaseLost;
      const job = await readLeasedJob(tx, lease.id);
      return job === undefined ? leaseLost : await run(tx, job);
    },
    { signal, deadlineMs: jobLimits.stepDeadlineMs },
  );
}

/** False: it is lost. */
export async function keepJob(database: Database, lease: JobLease, signal?: AbortSignal): Promise<boolean> {
  const kept = { lease, leaseMs: lease.leaseMs };
  return await withTenants(database, 'all', (tx) => renewLease(tx, jobs, kept), { signal });
}

/** A process may have it again after `pauseMs`. */
export async function releaseJob(database: Database, lease: JobLease, pauseMs: number): Promise<void> {
  await withTenants(database, 'all', (tx) => releaseLease(tx, jobs, { lease, pauseMs }));
}

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
