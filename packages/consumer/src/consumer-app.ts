import { type Backoff, untilAnswers } from '@trunkline/core';
import { createEventCodec, type DomainTopic, type EventCodec } from '@trunkline/events';
import {
  createKafkaConnection,
  createPublisher,
  createSchemaRegistry,
  recordLimits,
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
/** Bodies do not travel on this group's topics; the plan wants to know anyway. */
const largestBodyBytes = 1024 * 1024;

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
      const plan = topicPlan({
        replicationFactor: 1,
        partitions: 1,
        largestBodyBytes,
        groups: [group],
        retryTiers: config.retryTiers,
      });
      const publisher = await createPublisher(kafka, { limits: { maxRecordBytes: recordLimits(plan) } });
      lifecycle.onStop('publisher', (deadlineMs) => publisher.close({ deadlineMs }));

      waitingFor = 'the schema registry';
      const codec = await codecWhenPossible(topicsOf(handlers), { config, service, signal });

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

interface Waiting {
  readonly config: ConsumerConfig;
  readonly service: Service;
  readonly signal: AbortSignal;
}

const registryBackoff: Backoff = { firstMs: 250, lastMs: 5_000 };

/** A registry that is away is waited for, unready; one that lacks our schemas is a mistake (`config_invalid`). */
async function codecWhenPossible(
  topics: readonly DomainTopic[],
  { config, service, signal }: Waiting,
): Promise<EventCodec> {
  const registry = createSchemaRegistry({
    url: config.registryUrl,
    namespace: config.namespace,
    timeoutMs: registryTimeoutMs,
  });
  return untilAnswers(() => createEventCodec({ registry, topics }), {
    backoff: registryBackoff,
    signal,
    onAway: ({ message }) =>
      service.logger.warn({ event: 'registry_away', reason: message }, 'the schema registry is away; trying again'),
  });
}
