import { type Backoff, untilAnswers } from '@trunkline/core';
import { createEventCodec, type EventCodec, receivedTopics } from '@trunkline/events';
import {
  checkTopics,
  createKafkaConnection,
  createPublisher,
  createSchemaRegistry,
  createTopicAdmin,
  type KafkaConnection,
  type Publisher,
  recordLimits,
  topicPlan,
} from '@trunkline/kafka';
import type { CheckResult, Logger } from '@trunkline/runtime';

import type { IngressConfig } from './config.ts';

/** What a delivery needs to become records on Kafka. */
export interface Backbone {
  readonly codec: EventCodec;
  readonly publisher: Publisher;
  /** The largest record a topic takes. */
  readonly maxRecordBytes: (topic: string) => number;
}

export interface BackboneConnector {
  /** Undefined until topics and schemas were found; afterwards for good. */
  current(): Backbone | undefined;
  checkKafka(): CheckResult;
  /** Whether every topic and schema was found. */
  checkSchemas(): CheckResult;
  waitingBytes(): number;
  /**
   * Resolves after the first try. When Kafka or the registry was away it goes on trying until the signal. A topic or
   * schema that is not there is config_invalid: now by rejecting, later through `onFatal`.
   */
  start(signal: AbortSignal): Promise<void>;
  close(deadlineMs: number): Promise<void>;
}

const registryTimeoutMs = 3_000;
const retryBackoff: Backoff = { firstMs: 250, lastMs: 5_000 };

export interface BackboneParts {
  readonly config: IngressConfig;
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
}

export function createBackboneConnector({ config, log, onFatal }: BackboneParts): BackboneConnector {
  const connection = createKafkaConnection({
    ...config.kafka,
    clientId: 'trunkline-ingress',
    namespace: config.namespace,
    log: (level, message, fields) => log[level](fields, message),
  });
  const registry = createSchemaRegistry({
    ...config.registry,
    namespace: config.namespace,
    timeoutMs: registryTimeoutMs,
  });
  let publisher: Publisher | undefined;
  let current: Backbone | undefined;
  let trouble: string | undefined = 'topics and schemas were not asked for yet';
  let retrying: Promise<void> = Promise.resolve();

  const connect = async (): Promise<void> => {
    const maxRecordBytes = recordLimits(
      topicPlan({
        replicationFactor: 1,
        partitions: 1,
        // Not of the sources as they are now: raising the limit of one is an edit that counts at once.
        largestBodyBytes: config.limits.largestBodyBytes,
        groups: [],
        retryTiers: [],
      }),
    );
    publisher ??= await createPublisher(connection, { limits: { maxRecordBytes } });
    const [codec] = await Promise.all([
      createEventCodec({ registry, topics: receivedTopics }),
      findTopics(connection, maxRecordBytes),
    ]);
    current = { codec, publisher, maxRecordBytes };
    trouble = undefined;
  };
  const stopping = new AbortController();

  return {
    current: () => current,
    checkKafka: () => kafkaCheck(publisher, config.kafka.brokers),
    checkSchemas: () => (trouble === undefined ? { ok: true } : { ok: false, detail: trouble }),
    waitingBytes: () => publisher?.waitingBytes() ?? 0,
    start: async (signal) => {
      const firstTry = Promise.withResolvers<'away'>();
      const ended = AbortSignal.any([signal, stopping.signal]);
      const connected = untilAnswers(connect, {
        backoff: retryBackoff,
        signal: ended,
        onAway: (error) => {
          trouble = error.message;
          log.warn({ err: error }, 'Kafka or the schema registry is away; trying again');
          firstTry.resolve('away');
        },
      });
      // Anything but an outage is a mistake of the operator or a bug of ours, which waiting does not cure.
      if ((await Promise.race([connected, firstTry.promise])) === 'away') {
        retrying = connected.catch((error: unknown) => {
          if (!ended.aborted) onFatal(error);
        });
      }
    },
    close: async (deadlineMs) => {
      stopping.abort();
      await retrying;
      await publisher?.close({ deadlineMs });
    },
  };
}

async function findTopics(connection: KafkaConnection, maxRecordBytes: (topic: string) => number): Promise<void> {
  const admin = createTopicAdmin(connection);
  try {
    // All of them: a new source must not need a restart.
    await checkTopics(admin, { topics: receivedTopics, maxRecordBytes });
  } finally {
    await admin.close();
  }
}

function kafkaCheck(publisher: Publisher | undefined, brokers: readonly string[]): CheckResult {
  const state = publisher?.state() ?? 'connecting';
  if (state === 'ready') return { ok: true };
  const doing = state === 'connecting' ? 'connecting to' : 'cannot publish to';
  return { ok: false, detail: `${doing} Kafka at ${brokers.join(', ')}` };
}
