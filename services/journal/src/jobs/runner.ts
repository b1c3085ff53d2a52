import { setTimeout as delay } from 'node:timers/promises';

import { backoffMs, classify, type Clock, settledWithin } from '@trunkline/core';
import { claimJob, jobLimits } from '@trunkline/journal';
import type { KafkaConnection, Publisher } from '@trunkline/kafka';
import type { Database } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import { runRedrive } from './redrive.ts';

export interface JobRunnerOptions {
  readonly database: Database;
  readonly kafka: KafkaConnection;
  /** Takes the redrive topics. Opened with the first job: an installation that never has one opens none. */
  readonly openPublisher: () => Promise<Publisher>;
  /** Of this process: names its leases. */
  readonly owner: string;
  /** How long nobody else takes a job whose process is not heard of. */
  readonly leaseMs?: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Takes jobs that nobody has, a few at a time, and works on them until they end. Any number of processes may run one. */
export interface JobRunner {
  start(): void;
  /** Takes no more jobs and gives back those it has, each after its turn. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

const closeDeadlineMs = 2_000;

export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const { database, owner, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let publisher: Promise<Publisher> | undefined;

  /** One of a runner: those that run share its lanes. What cannot be opened now is opened again by the next turn. */
  async function open(): Promise<Publisher> {
    publisher ??= options.openPublisher();
    const opening = publisher;
    try {
      return await opening;
    } catch (error) {
      if (publisher === opening) publisher = undefined;
      throw error;
    }
  }

  async function look(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      let waitMs: number = jobLimits.lookMs;
      try {
        while (running.size < jobLimits.running) {
          const lease = await claimJob(database, { owner, leaseMs: options.leaseMs, signal });
          if (lease === undefined) break;
          const work = runRedrive({ ...options, lease, publisher: open, stopping: signal });
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
      await (await publisher?.catch(() => undefined))?.close({ deadlineMs: closeDeadlineMs });
    },
  };
}
