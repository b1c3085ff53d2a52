import { randomUUID } from 'node:crypto';
import os from 'node:os';

import { groups } from '@trunkline/consumer';
import type { Clock } from '@trunkline/core';
import type { RecordViews, SchemaRegistry } from '@trunkline/events';
import { jobLimits } from '@trunkline/journal';
import type { KafkaConnection } from '@trunkline/kafka';
import { createDatabase, type JobRunner } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import type { JournalConfig } from '../config.ts';
import { replayLimits } from '../replays/limits.ts';
import { createReplayRunner } from '../replays/runner.ts';
import { openReplayTools } from '../replays/tools.ts';
import { createSharedPublisher } from './publisher.ts';
import { createRedriveRunner } from './runner.ts';

export interface JobsOptions {
  readonly config: JournalConfig;
  readonly kafka: KafkaConnection;
  readonly registry: SchemaRegistry;
  readonly views: RecordViews;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The runners of this process with connections of their own: a plan takes longer than the index lets a statement take. */
export function createJobs({ config, kafka, registry, views, clock, log }: JobsOptions): JobRunner {
  const database = createDatabase({
    connectionString: config.postgres.url,
    schema: 'journal',
    applicationName: 'trunkline-journal-jobs',
    maxConnections: jobLimits.running + replayLimits.running,
    statementTimeoutMs: jobLimits.stepDeadlineMs,
    connectTimeoutMs: config.postgres.connectTimeoutMs,
    onEvent: ({ kind, ...fields }) => log.warn({ event: `database.${kind}`, ...fields }, 'database of jobs'),
  });
  const publisher = createSharedPublisher(kafka);
  const owner = `${os.hostname()}/${process.pid}/${randomUUID()}`;
  const shared = { database, kafka, owner, leaseMs: config.jobLeaseMs, log };
  const { sourcesFile, installationKey } = config;
  const runners = [
    createRedriveRunner({ ...shared, publisher: () => publisher.open(), clock }),
    createReplayRunner({
      ...shared,
      views,
      groups,
      tools: () => openReplayTools({ sourcesFile, registry, publisher: () => publisher.open(), installationKey }),
    }),
  ];
  return {
    start() {
      for (const runner of runners) runner.start();
    },
    async stop(options) {
      await Promise.all(runners.map((runner) => runner.stop(options)));
      await publisher.close();
      await database.close(options);
    },
  };
}
