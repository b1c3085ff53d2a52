import {
  claimWork,
  type Database,
  type Lease,
  type LeasedTable,
  leaseLost,
  releaseLease,
  renewLease,
  type Transaction,
} from '@trunkline/postgres';

import { withTenants } from '../scope.ts';
import { jobLimits } from './limits.ts';

/** A job that a process has, and for how long at a time. */
export interface JobLease extends Lease {
  readonly leaseMs: number;
}

export interface ClaimJob {
  readonly owner: string;
  readonly leaseMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The jobs of one table as leased work: one process has a job, until it ends, gives it back or is not heard of. */
export interface LeasedRows<J> {
  /** Takes a job that nobody has. */
  readonly claim: (database: Database, asked: ClaimJob) => Promise<JobLease | undefined>;
  /**
   * Runs `run` in a transaction that has the job: it renews the lease and locks the row first, so whatever it writes is
   * written by the one that holds the lease, or not at all.
   */
  readonly use: <T>(
    database: Database,
    lease: JobLease,
    ...[run, signal]: [run: (tx: Transaction, job: J) => Promise<T>, signal?: AbortSignal]
  ) => Promise<T | typeof leaseLost>;
  /** False: it is lost. */
  readonly keep: (database: Database, lease: JobLease, signal?: AbortSignal) => Promise<boolean>;
  /** A process may have it again after `pauseMs`. */
  readonly release: (database: Database, lease: JobLease, pauseMs: number) => Promise<void>;
}

export function leasedRows<J>(
  table: LeasedTable,
  read: (tx: Transaction, id: string) => Promise<J | undefined>,
): LeasedRows<J> {
  return {
    async claim(database, { owner, leaseMs = jobLimits.leaseMs, signal }) {
      const lease = await withTenants(database, 'all', (tx) => claimWork(tx, table, { owner, leaseMs }), { signal });
      return lease === undefined ? undefined : { ...lease, leaseMs };
    },
    use: (database, lease, ...[run, signal]) =>
      withTenants(
        database,
        'all',
        async (tx) => {
          if (!(await renewLease(tx, table, { lease, leaseMs: lease.leaseMs }))) return leaseLost;
          const job = await read(tx, lease.id);
          return job === undefined ? leaseLost : await run(tx, job);
        },
        { signal, deadlineMs: jobLimits.stepDeadlineMs },
      ),
    keep: (database, lease, signal) =>
      withTenants(database, 'all', (tx) => renewLease(tx, table, { lease, leaseMs: lease.leaseMs }), { signal }),
    release: (database, lease, pauseMs) =>
      withTenants(database, 'all', (tx) => releaseLease(tx, table, { lease, pauseMs })),
  };
}
