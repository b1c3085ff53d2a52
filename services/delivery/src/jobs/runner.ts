import { setTimeout as delay } from 'node:timers/promises';

import { backoffMs, classify, settledWithin } from '@trunkline/core';
import { claimJob, jobLimits } from '@trunkline/delivery';
import type { Database } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import { runJob } from './run-job.ts';

export interface JobRunnerOptions {
  readonly database: Database;
  /** Of this process: names its leases. */
  readonly owner: string;
  /** How long nobody else takes a job whose process is not heard of. */
  readonly leaseMs: number;
  readonly log: Logger;
}

/** Takes jobs that nobody has, a few at a time, and works on them until they end. Any number of processes may run one. */
export interface JobRunner {
  start(): void;
  /** Takes no more jobs and gives back those it has, each after its step. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

export function createJobRunner({ database, owner, leaseMs, log }: JobRunnerOptions): JobRunner {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      let waitMs: number = jobLimits.lookMs;
      try {
        while (running.size < jobLimits.running) {
          const lease = await claimJob(database, { owner, leaseMs, signal });
          if (lease === undefined) break;
          const work = runJob({ database, lease, log, stopping: signal });
          running.add(work);
          const leave = (): void => {
            running.delete(work);
          };
          work.then(leave, leave);
        }
        failures = 0;
      } catch (thrown) {
        if (signal.aborted) return;
        waitMs = backoffMs(failures, { firstMs: jobLimits.lookMs, lastMs: jobLimits.awayStepMs });
        if (failures === 0)
          log.warn(
            { event: 'jobs.waiting', code: classify(thrown).code, reason: classify(thrown).message },
            'cannot look for jobs',
          );
        failures += 1;
      }
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    start() {
      looking ??= look();
    },
    async stop({ deadlineMs }) {
      stopping.abort();
      // What does not end in time has a lease that runs out by itself.
      await settledWithin(Promise.all([looking, ...running]), deadlineMs);
    },
  };
}
