import type { Clock } from '@trunkline/core';
import { claimJob, jobLimits } from '@trunkline/journal';
import type { KafkaConnection, Publisher } from '@trunkline/kafka';
import { createJobRunner, type Database, type JobRunner } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import { runRedrive } from './redrive.ts';

export interface JournalJobsOptions {
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

const closeDeadlineMs = 2_000;

/** Works on the jobs of the journal. */
export function createJournalJobRunner(options: JournalJobsOptions): JobRunner {
  const { database, owner, leaseMs, log } = options;
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

  const runner = createJobRunner({
    claim: (signal) => claimJob(database, { owner, leaseMs, signal }),
    work: (lease, stopping) => runRedrive({ ...options, lease, publisher: open, stopping }),
    limits: jobLimits,
    onAway: ({ code, message }) => log.warn({ event: 'jobs.waiting', code, reason: message }, 'cannot look for jobs'),
  });
  return {
    start: () => runner.start(),
    async stop(options) {
      await runner.stop(options);
      await (await publisher?.catch(() => undefined))?.close({ deadlineMs: closeDeadlineMs });
    },
  };
}
