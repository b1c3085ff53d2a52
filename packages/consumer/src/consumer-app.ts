import { type Backoff, untilAnswers } from '@trunkline/core';
import { createEventCodec, type DomainTopic, largestBodyBytes, topicEntry } from '@trunkline/events';
import {
  checkTopics,
  createKafkaConnection,
  createPublisher,
  createSchemaRegistry,
  createTopicAdmin,
  deadLetterTopic,
  type KafkaConnection,
  recordLimits,
  retryTopic,
  topicPlan,
} from '@trunkline/kafka';
import { createDatabase } from '@trunkline/postgres';
import { type App, createLifecycle, type Service } from '@trunkline/runtime';

import type { ConsumerConfig } from './consumer-config.ts';
import { openFirstFilter } from './first-filter/first-filter-redis.ts';
import { type ConsumerGroup, createConsumerGroup } from './group.ts';
import type { RegisteredHandler } from './handler.ts';

export interface ConsumerAppOptions {
  /** Names the consumer groups, the retry and dead-letter topics and the Postgres schema. */
  readonly group: string;
  readonly handlers: readonly RegisteredHandler[];
}

const registryTimeoutMs = 3_000;
/** Where no bodies travel on a group's topics; the plan wants to know anyway. */
const noBodyBytes = 1024 * 1024;

/** The composition root of a consumer service: everything it is made of, in the order in which it is opened. */
export function createConsumerApp(
  { group, handlers }: ConsumerAppOptions,
  config: ConsumerConfig,
  service: Service,
): App {
  const { logger, clock, metrics } = service;
  const lifecycle = createLifecycle(logger);
  let consumer: ConsumerGroup | undefined;
  let waitingFor = 'Kafka';
  service.health.check('consumer', () => {
    const { ready, reason } = consumer?.health() ?? { ready: false, reason: `waiting for ${waitingFor}` };
    return reason === undefined ? { ok: ready } : { ok: ready, detail: reason };
  });

  return {
    async start(signal) {
      const database = createDatabase({
        connectionString: config.postgres.url,
        schema: group,
        applicationName: `trunkline-${service.name}`,
        maxConnections: config.postgres.maxConnections,
        statementTimeoutMs: config.postgres.statementTimeoutMs,
        connectTimeoutMs: config.postgres.connectTimeoutMs,
        onEvent: ({ kind, ...fields }) => logger.warn({ event: `database.${kind}`, ...fields }, 'database'),
      });
      lifecycle.onStop('database', (deadlineMs) => database.close({ deadlineMs }));

      const kafka = createKafkaConnection({
        brokers: config.kafka.brokers,
        clientId: `trunkline-${service.name}`,
        namespace: config.namespace,
        log: (level, message, fields) => logger[level](fields, message),
      });
      const maxRecordBytes = copyLimits(group, { topics: topicsOf(handlers), retryTiers: config.retryTiers });
      const written = [...config.retryTiers.map((tier) => retryTopic(group, tier)), deadLetterTopic(group)];
      await whenPossible('kafka_away', () => findTopics(kafka, { topics: written, maxRecordBytes }), {
        service,
        signal,
      });
      const publisher = await createPublisher(kafka, { limits: { maxRecordBytes } });
      lifecycle.onStop('publisher', (deadlineMs) => publisher.close({ deadlineMs }));

      waitingFor = 'the schema registry';
      const registry = createSchemaRegistry({
        url: config.registryUrl,
        namespace: config.namespace,
        timeoutMs: registryTimeoutMs,
      });
      const codec = await whenPossible(
        'registry_away',
        () => createEventCodec({ registry, topics: topicsOf(handlers) }),
        { service, signal },
      );

      waitingFor = 'Postgres';
      const firstFilter = await openFirstFilter({
        group,
        namespace: config.namespace,
        redisUrl: config.redisUrl,
        database,
        log: logger,
        metrics,
        signal,
      });
      lifecycle.onStop('first filter', (deadlineMs) => firstFilter.close({ deadlineMs }));

      waitingFor = 'Kafka';
      const created = createConsumerGroup({
        group,
        handlers,
        kafka,
        codec,
        publisher,
        database,
        firstFilter,
        retryTiers: config.retryTiers,
        releaseGuard: config.releaseGuard,
        crashWatch: config.crashWatch,
        limits: {
          maxAttempts: config.maxAttempts,
          maxRetryAgeMs: config.maxRetryAgeMs,
          maxBatchRecords: config.maxBatchRecords,
          handlerDeadlineMs: config.handlerDeadlineMs,
          sessionTimeoutMs: config.sessionTimeoutMs,
        },
        clock,
        log: logger,
        metrics,
        onFatal: (error) => service.onFatal(error),
      });
      consumer = created;
      lifecycle.onStop('consumer', (deadlineMs) => created.stop({ deadlineMs }));
      await created.start(signal);
    },
    stop: (deadlineMs) => lifecycle.stop(deadlineMs),
  };
}

function topicsOf(handlers: readonly RegisteredHandler[]): readonly DomainTopic[] {
  return [...new Set(handlers.map(({ topic }) => topic))];
}

/** How large a copy may be: as the record it is made of, and its headers. */
function copyLimits(
  group: string,
  { topics, retryTiers }: { readonly topics: readonly DomainTopic[]; readonly retryTiers: readonly string[] },
): (topic: string) => number {
  const takesBodies = topics.some((topic) => topicEntry(topic).kind === 'integration');
  const plan = topicPlan({
    replicationFactor: 1,
    partitions: 1,
    largestBodyBytes: takesBodies ? largestBodyBytes : noBodyBytes,
    groups: [group],
    retryTiers,
  });
  return recordLimits(plan);
}

/** Those that are written only; a pump that cannot read one says so itself. Missed by a failure, the group would wait for ever. */
async function findTopics(
  kafka: KafkaConnection,
  needed: { readonly topics: readonly string[]; readonly maxRecordBytes: (topic: string) => number },
): Promise<void> {
  const admin = createTopicAdmin(kafka);
  try {
    await checkTopics(admin, needed);
  } finally {
    await admin.close();
  }
}

const awayBackoff: Backoff = { firstMs: 250, lastMs: 5_000 };

/** Who is away is waited for, unready; one that lacks what we need is a mistake (`config_invalid`). */
async function whenPossible<T>(
  away: 'kafka_away' | 'registry_away',
  ask: () => Promise<T>,
  { service, signal }: { readonly service: Service; readonly signal: AbortSignal },
): Promise<T> {
  return untilAnswers(ask, {
    backoff: awayBackoff,
    signal,
    onAway: ({ message }) => service.logger.warn({ event: away, reason: message }, 'not there yet; trying again'),
  });
}
