import { createDigest } from '@trunkline/addresses';
import { createAlertDesk, groups } from '@trunkline/consumer';
import { createRecordViews } from '@trunkline/events';
import { createJournalWriter, journalLimits } from '@trunkline/journal';
import { createKafkaConnection, createSchemaRegistry } from '@trunkline/kafka';
import { createDatabase } from '@trunkline/postgres';
import { type App, createLifecycle, type Service } from '@trunkline/runtime';

import { createAccountWatch } from './account-watch.ts';
import { alertsOf } from './alerts.ts';
import type { JournalConfig } from './config.ts';
import { answerDebug } from './debug-page.ts';
import { createGroupWatch } from './group-watch.ts';
import { createIndexGroup } from './index-group.ts';
import { deliveryIndexers } from './indexers/deliveries.ts';
import { eventIndexers, headersOfEvents } from './indexers/events.ts';
import { failureIndexers } from './indexers/failures.ts';
import { rejectionIndexers } from './indexers/rejections.ts';
import { requestIndexers } from './indexers/requests.ts';
import { createJobs } from './jobs/index.ts';
import { createUpkeep } from './upkeep.ts';

const registryTimeoutMs = 3_000;

/** The journal: every topic, record by record, into the schema `journal`, and the upkeep of its partitions. */
export function createApp(config: JournalConfig, service: Service): App {
  const { logger, clock } = service;
  const lifecycle = createLifecycle(logger);
  const database = createDatabase({
    connectionString: config.postgres.url,
    schema: 'journal',
    applicationName: 'trunkline-journal',
    maxConnections: config.postgres.maxConnections,
    statementTimeoutMs: config.postgres.statementTimeoutMs,
    connectTimeoutMs: config.postgres.connectTimeoutMs,
    onEvent: ({ kind, ...fields }) => logger.warn({ event: `database.${kind}`, ...fields }, 'database'),
  });
  const kafka = createKafkaConnection({
    ...config.kafka,
    clientId: 'trunkline-journal',
    namespace: config.namespace,
    log: (level, message, fields) => logger[level](fields, message),
  });
  const writer = createJournalWriter(database, clock, { events: config.events });
  const { sessionTimeoutMs, maxBatchRecords } = config;
  const { statementTimeoutMs } = config.postgres;
  const shared = {
    kafka,
    writer,
    statementTimeoutMs,
    sessionTimeoutMs,
    maxBatchRecords,
    clock,
    log: logger,
    onFatal: (error: unknown) => service.onFatal(error),
  };
  const registry = createSchemaRegistry({
    ...config.registry,
    namespace: config.namespace,
    timeoutMs: registryTimeoutMs,
  });
  const views = createRecordViews({ registry });
  const records = new Map([
    ...eventIndexers(views, createDigest(config.installationKey)),
    ...deliveryIndexers(views),
    ...rejectionIndexers(views),
    ...requestIndexers(views),
  ]);
  const failures = failureIndexers(config.retryTiers);
  const indexGroups = [
    createIndexGroup({
      ...shared,
      groupId: 'journal',
      indexers: records,
      onlyHeaders: headersOfEvents,
      maxBytesInFlight: (journalLimits.bytesInFlight * 3) / 4,
    }),
    createIndexGroup({
      ...shared,
      groupId: 'journal.failures',
      indexers: failures,
      fetchWaitMs: journalLimits.quietFetchMs,
      maxBytesInFlight: journalLimits.bytesInFlight / 4,
    }),
  ];
  const jobs = createJobs({ config, kafka, registry, views, clock, log: logger });
  const upkeep = createUpkeep({ database, log: logger });
  const account = createAccountWatch({
    database,
    kafka,
    clock,
    log: logger,
    metrics: service.metrics,
    retryTiers: config.retryTiers,
    ...config.account,
  });
  const desk = createAlertDesk({ config, database, find: alertsOf(groups) }, service);
  const groupWatch = createGroupWatch({
    database,
    kafka,
    groups,
    own: [
      { name: 'journal', topics: [...records.keys()] },
      { name: 'journal.failures', topics: [...failures.keys()] },
    ],
    retryTiers: config.retryTiers,
    clock,
    log: logger,
    metrics: service.metrics,
  });
  service.operatorPages.add('/debug/webhooks', (query) => answerDebug(query, { database, clock }));
  service.health.check('journal', () => {
    const reason = indexGroups.map((group) => group.waitingFor()).find((waiting) => waiting !== undefined);
    return reason === undefined ? { ok: true } : { ok: false, detail: reason };
  });

  return {
    async start(signal) {
      lifecycle.onStop('database', (deadlineMs) => database.close({ deadlineMs }));
      lifecycle.onStop('upkeep', () => upkeep.stop());
      upkeep.start();
      lifecycle.onStop('account', () => account.stop());
      account.start();
      lifecycle.onStop('group watch', () => groupWatch.stop());
      groupWatch.start();
      // Without a file there is nobody to tell.
      if (config.sourcesFile !== undefined) {
        lifecycle.onStop('alerts', (deadlineMs) => desk.stop({ deadlineMs }));
        await desk.start();
      }
      lifecycle.onStop('jobs', (deadlineMs) => jobs.stop({ deadlineMs }));
      jobs.start();
      lifecycle.onStop('groups', async (deadlineMs) => {
        await Promise.all(indexGroups.map((group) => group.stop(deadlineMs)));
      });
      await Promise.all(indexGroups.map((group) => group.start(signal)));
    },
    stop: (deadlineMs) => lifecycle.stop(deadlineMs),
  };
}
