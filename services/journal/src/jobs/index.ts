import { randomUUID } from 'node:crypto';
import os from 'node:os';

import { groups } from '@trunkline/consumer';
import type { Clock } from '@trunkline/core';
import { largestBodyBytes } from '@trunkline/events';
import { jobLimits } from '@trunkline/journal';
import { createPublisher, type KafkaConnection, recordLimits, topicPlan } from '@trunkline/kafka';
import { createDatabase, type JobRunner } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import type { JournalConfig } from '../config.ts';
import { createJournalJobRunner } from './runner.ts';

export interface JobsOptions {
  readonly config: JournalConfig;
  readonly kafka: KafkaConnection;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The runner of this process with connections of its own: a plan takes longer than the index lets a statement take. */
export function createJobs({ config, kafka, clock, log }: JobsOptions): JobRunner {
  const database = createDatabase({
    connectionString: config.postgres.url,
    schema: 'journal',
    applicationName: 'trunkline-journal-jobs',
    maxConnections: jobLimits.running,
    statementTimeoutMs: jobLimits.stepDeadlineMs,
    connectTimeoutMs: config.postgres.connectTimeoutMs,
    onEvent: ({ kind, ...fields }) => log.warn({ event: `database.${kind}`, ...fields }, 'database of jobs'),
  });
  const runner = createJournalJobRunner({
    database,
    kafka,
    openPublisher: () => createPublisher(kafka, { limits: { maxRecordBytes: recordLimits(redriveTopics()) } }),
    owner: `${os.hostname()}/${process.pid}/${randomUUID()}`,
    leaseMs: config.jobLeaseMs,
    clock,
    log,
  });
  return {
    start: () => runner.start(),
    async stop(options) {
      await runner.stop(options);
      await database.close(options);
    },
  };
}

/** How large the records of each redrive topic may be; partitions and replicas are of no concern here. */
function redriveTopics() {
  return topicPlan({
    partitions: 1,
    replicationFactor: 1,
    largestBodyBytes,
    groups: groups.map(({ name }) => name),
    retryTiers: [],
  });
}
