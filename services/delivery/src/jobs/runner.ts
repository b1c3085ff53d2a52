import { claimJob, jobLimits } from '@trunkline/delivery';
import { createJobRunner, type Database, type JobRunner } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import { runJob } from './run-job.ts';

export interface DeliveryJobsOptions {
  readonly database: Database;
  /** Of this process: names its leases. */
  readonly owner: string;
  /** How long nobody else takes a job whose process is not heard of. */
  readonly leaseMs: number;
  readonly log: Logger;
}

/** Works on the jobs of endpoints. */
export function createDeliveryJobRunner({ database, owner, leaseMs, log }: DeliveryJobsOptions): JobRunner {
  return createJobRunner({
    claim: (signal) => claimJob(database, { owner, leaseMs, signal }),
    work: (lease, stopping) => runJob({ database, lease, log, stopping }),
    limits: jobLimits,
    onAway: ({ code, message }) => log.warn({ event: 'jobs.waiting', code, reason: message }, 'cannot look for jobs'),
  });
}
