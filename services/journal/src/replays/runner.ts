import { claimReplay, jobLimits } from '@trunkline/journal';
import { createJobRunner, type JobRunner } from '@trunkline/postgres';

import { replayLimits } from './limits.ts';
import { type ReplayWork, runReplay } from './run-replay.ts';

export interface ReplayRunnerOptions extends Omit<ReplayWork, 'lease' | 'stopping'> {
  /** Of this process: names its leases. */
  readonly owner: string;
  /** How long nobody else takes a replay whose process is not heard of. */
  readonly leaseMs?: number;
}

/** Works on replays of the archive. */
export function createReplayRunner(options: ReplayRunnerOptions): JobRunner {
  const { database, owner, leaseMs, log } = options;
  return createJobRunner({
    claim: (signal) => claimReplay(database, { owner, leaseMs, signal }),
    work: (lease, stopping) => runReplay({ ...options, lease, stopping }),
    limits: { ...jobLimits, running: replayLimits.running },
    onAway: ({ code, message }) =>
      log.warn({ event: 'jobs.waiting', code, reason: message }, 'cannot look for replays'),
  });
}
