import { createDigest, type Digest } from '@trunkline/addresses';
import { type Backoff, TrunklineError, untilAnswers } from '@trunkline/core';
import {
  type ConsumedTopic,
  type DomainTopic,
  createEventCodec,
  largestBodyBytes,
  type RequestTopic,
  topicEntry,
} from '@trunkline/events';
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
import { createDatabase, readFirstStart } from '@trunkline/postgres';
import { createRelay } from '@trunkline/relay';
import { type App, createLifecycle, type Service } from '@trunkline/runtime';

import { addressBookOf } from './address-book.ts';
import { type AlertLook, createAlertWatch } from './alerts/alert-watch.ts';
import { addressEnvironment, type ConsumerConfig } from './consumer-config.ts';
import { openFirstFilter } from './first-filter/first-filter-redis.ts';
import { type ConsumerGroup, createConsumerGroup } from './group.ts';
import type { RegisteredHandler } from './handler.ts';
import { createNotices } from './notices/notices.ts';
import { declaredHandlers, type HandlerOffers, type Handlers } from './offers.ts';
import { openDirectory } from './open-directory.ts';
import { createRequests } from './requests/requests.ts';
import { createTellsEvents } from './requests/tells-events.ts';
import { pausedGauge } from './safety/paused-gauge.ts';

export interface ConsumerAppOptions {
  /** Names the consumer groups, the retry and dead-letter topics and the Postgres schema. */
  readonly group: string;
  readonly handlers: Handlers;
  /** Whether its handlers make digests of addresses, which needs the installation's key. */
  readonly digests?: boolean;
  /** Request topics that its handlers write to; none unless given. A service that asks publishes its outbox itself. */
  readonly asks?: readonly RequestTopic[];
  /** Topics of the service's own events; it publishes them by its outbox, too. */
  readonly tells?: readonly DomainTopic[];
  /** What of the service's own state operators are told of; then `asks` has `notifications.request.v1`. */
  readonly alerts?: AlertLook;
  /** Batches worked on at one time; as `ConsumerLimits.lanes` unless given. */
  readonly lanes?: number;
  /** What the service does beside handling records, with what handlers are offered. */
  readonly beside?: (offers: HandlerOffers) => WorkBeside;
}

/** Started before the group takes its first record, stopped after it has taken its last. */
export interface WorkBeside {
  start(): Promise<void>;
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

const registryTimeoutMs = 3_000;
/** Where no bodies travel on a group's topics; the plan wants to know anyway. */
const noBodyBytes = 1024 * 1024;

/** The composition root of a consumer service: everything it is made of, in the order in which it is opened. */
export function createConsumerApp(
  { group, handlers, beside, alerts, asks = [], tells = [], digests = false, lanes }: ConsumerAppOptions,
  config: ConsumerConfig,
  service: Service,
): App {
  const { logger, clock, metrics } = service;
  const lifecycle = createLifecycle(logger);
  const topics = topicsOf(declaredHandlers(handlers));
  const digest = digestOf(config, digests);
  let consumer: ConsumerGroup | undefined;
  let waitingFor = 'Kafka';
  service.health.check('consumer', () => {
    const { ready, reason } = consumer?.health() ?? { ready: false, reason: `waiting for ${waitingFor}` };
    return reason === undefined ? { ok: ready } : { ok: ready, detail: reason };
  });

  pausedGauge(metrics, group, () => consumer?.pausedFor());

  return {
    async start(signal) {
      // First: a mistake of the file should be told before anybody is waited for.
      const people = await openDirectory({ file: config.sourcesFile, environment: addressEnvironment() }, service);
      lifecycle.onStop('directory', () => people.close());

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
        ...config.kafka,
        clientId: `trunkline-${service.name}`,
        namespace: config.namespace,
        log: (level, message, fields) => logger[level](fields, message),
      });
      const maxRecordBytes = copyLimits(group, { topics, retryTiers: config.retryTiers });
      const written = [
        ...config.retryTiers.map((tier) => retryTopic(group, tier)),
        deadLetterTopic(group),
        ...asks,
        ...tells,
      ];
      await whenPossible('kafka_away', () => findTopics(kafka, { topics: written, maxRecordBytes }), {
        service,
        signal,
      });
      const publisher = await createPublisher(kafka, { limits: { maxRecordBytes } });
      lifecycle.onStop('publisher', (deadlineMs) => publisher.close({ deadlineMs }));

      waitingFor = 'the schema registry';
      const registry = createSchemaRegistry({
        ...config.registry,
        namespace: config.namespace,
        timeoutMs: registryTimeoutMs,
      });
      const codec = await whenPossible(
        'registry_away',
        () => createEventCodec({ registry, topics: [...new Set([...topics, ...asks, ...tells])] }),
        {
          service,
          signal,
        },
      );

      waitingFor = 'Postgres';
      const firstFilter = await openFirstFilter({
        group,
        namespace: config.namespace,
        redis: config.redis,
        database,
        log: logger,
        metrics,
        signal,
      });
      lifecycle.onStop('first filter', (deadlineMs) => firstFilter.close({ deadlineMs }));

      // By every group, so that one that learns to ask later knows how long it has been there.
      const firstStartMs = await whenPossible('postgres_away', () => readFirstStart(database, signal), {
        service,
        signal,
      });

      const relay =
        asks.length + tells.length === 0 ? undefined : createRelay({ database, publisher, log: logger, metrics });
      lifecycle.onStop('relay', (deadlineMs) => relay?.stop({ deadlineMs }) ?? Promise.resolve());
      relay?.start();

      waitingFor = 'Kafka';
      const requests = createRequests({ group, codec, maxRecordBytes, installationKey: config.installationKey, clock });
      const events = createTellsEvents({ codec, nudge: () => relay?.nudge() });
      const { directory } = people;
      if (alerts !== undefined) {
        const watch = createAlertWatch({
          database,
          find: alerts,
          codec,
          directory,
          clock,
          log: logger,
          onAsked: () => relay?.nudge(),
        });
        lifecycle.onStop('alerts', () => watch.stop());
        watch.start();
      }
      const notices = createNotices({ requests, directory, firstStartMs, clock, metrics });
      const book = addressBookOf(directory, digest);
      const offers: HandlerOffers = { clock, digest, book, metrics, requests, events, notices, directory };
      const work = beside?.(offers);
      if (work !== undefined) {
        lifecycle.onStop('work beside the group', (deadlineMs) => work.stop({ deadlineMs }));
        await work.start();
      }
      const created = createConsumerGroup({
        group,
        handlers: handlers(offers),
        kafka,
        codec,
        publisher,
        database,
        firstFilter,
        ...(relay === undefined ? {} : { outbox: relay }),
        retryTiers: config.retryTiers,
        releaseGuard: config.releaseGuard,
        crashWatch: config.crashWatch,
        limits: {
          maxAttempts: config.maxAttempts,
          maxRetryAgeMs: config.maxRetryAgeMs,
          maxBatchRecords: config.maxBatchRecords,
          handlerDeadlineMs: config.handlerDeadlineMs,
          sessionTimeoutMs: config.sessionTimeoutMs,
          ...(lanes === undefined ? {} : { lanes }),
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

/** Without the key a service that needs digests does not start: it would fail at the first event that has an address. */
function digestOf({ installationKey }: ConsumerConfig, isNeeded: boolean): Digest {
  if (installationKey !== undefined) return createDigest(installationKey);
  const missing = (): never => {
    throw new TrunklineError(
      'config_invalid',
      'TRUNKLINE_INSTALLATION_KEY is not set: it makes the digests of addresses',
    );
  };
  return isNeeded ? missing() : missing;
}

function topicsOf(handlers: readonly RegisteredHandler[]): readonly ConsumedTopic[] {
  return [...new Set(handlers.map(({ topic }) => topic))];
}

/** How large a copy may be: as the record it is made of, and its headers. */
function copyLimits(
  group: string,
  { topics, retryTiers }: { readonly topics: readonly ConsumedTopic[]; readonly retryTiers: readonly string[] },
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
  away: 'kafka_away' | 'registry_away' | 'postgres_away',
  ask: () => Promise<T>,
  { service, signal }: { readonly service: Service; readonly signal: AbortSignal },
): Promise<T> {
  return untilAnswers(ask, {
    backoff: awayBackoff,
    signal,
    onAway: ({ message }) => service.logger.warn({ event: away, reason: message }, 'not there yet; trying again'),
  });
}
