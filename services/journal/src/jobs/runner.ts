import { claimJob, jobLimits } from '@trunkline/journal';
import { createJobRunner, type JobRunner } from '@trunkline/postgres';

import { type RedriveWork, runRedrive } from './redrive.ts';

export interface RedriveRunnerOptions extends Omit<RedriveWork, 'lease' | 'stopping'> {
  /** Of this process: names its leases. */
  readonly owner: string;
  /** How long nobody else takes a job whose process is not heard of. */
  readonly leaseMs?: number;
}

/** Works on jobs that send dead letters back. */
export function createRedriveRunner(options: RedriveRunnerOptions): JobRunner {
  const { database, owner, leaseMs, log } = options;
  return createJobRunner({
    claim: (signal) => claimJob(database, { owner, leaseMs, signal }),
    work: (lease, stopping) => runRedrive({ ...options, lease, stopping }),
    limits: jobLimits,
    onAway: ({ code, message }) => log.warn({ event: 'jobs.waiting', code, reason: message }, 'cannot look for jobs'),
  });
}
