import { setTimeout as delay } from 'node:timers/promises';

import { messageOf, TrunklineError, withinMs } from '@trunkline/core';
import type { ICustomPartitioner, Producer } from 'kafkajs';

import type { KafkaClient, KafkaConnection } from '../kafkajs/connection.ts';
import { protocolErrorType } from '../kafkajs/kafka-errors.ts';
import { partitionOf } from '../kafkajs/murmur2.ts';
import type { OutgoingRecord, PublisherState } from '../ports.ts';
import { Background } from '../pump/background.ts';
import type { SendOutcome } from './batcher.ts';

/** A produce request without an answer is sent again on a new connection; the same sequence, so it is stored once. */
const requestTimeoutMs = 5_000;
/**
 * How long one send may retry inside kafkajs before the producer is given up. Long enough for the election of a leader
 * with default settings (11 s), because a send that is repeated by a new producer may store its records twice.
 */
const sendTimeoutMs = 15_000;
const connectTimeoutMs = 15_000;
/** Between attempts to connect. A broker that is back is found within this, so the first publish succeeds within 5 s. */
const maxReconnectDelayMs = 500;
const firstReconnectDelayMs = 50;

export type SessionEvent =
  | { readonly kind: 'connected' }
  /** A send or connection failed; the records are sent again, so subscribers may see one twice (same ce_id). */
  | { readonly kind: 'failed'; readonly error: unknown; readonly failures: number };

interface Connected {
  readonly producer: Producer;
  readonly client: KafkaClient;
}

/**
 * Owns the one producer. kafkajs rolls a sequence back on any error, and a broker that had stored the batch then takes
 * the next one for its duplicate: acknowledged, never stored. So a producer that failed once is never used again.
 */
export class ProducerSession {
  readonly #connection: KafkaConnection;
  readonly #onEvent: (event: SessionEvent) => void;
  readonly #existingTopics = new Set<string>();
  readonly #closing = new AbortController();
  /** Connecting and letting go; neither rejects. */
  readonly #background = new Background((error) => this.#failed(error));
  #connected: Connected | undefined;
  #connecting: Promise<void> | undefined;
  /** Since the last acknowledged send; decides how long to wait before the next connection. */
  #failures = 0;
  /** Whether the last thing that happened to a connection was a failure. */
  #isFailing = false;

  constructor(connection: KafkaConnection, onEvent: (event: SessionEvent) => void) {
    this.#connection = connection;
    this.#onEvent = onEvent;
  }

  get state(): PublisherState {
    if (this.#isFailing) return 'failing';
    return this.#connected === undefined ? 'connecting' : 'ready';
  }

  /** One attempt to connect; never rejects. Further attempts follow by themselves. */
  async begin(): Promise<void> {
    await this.#attempt();
    if (this.#connected === undefined) this.#background.run(this.#keepConnecting());
  }

  /** See SendBatch. */
  async send(records: readonly OutgoingRecord[]): Promise<SendOutcome> {
    while (this.#connected === undefined) {
      if (this.#closing.signal.aborted) return { kind: 'failed', error: this.#closing.signal.reason };
      await this.#keepConnecting();
    }
    const { producer, client } = this.#connected;
    try {
      await this.#checkTopics(records, client);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== undefined) return { kind: 'refused', error: refusal };
      this.#discard(error);
      return { kind: 'failed', error };
    }
    try {
      await withinMs(
        producer.sendBatch({ acks: -1, timeout: requestTimeoutMs, topicMessages: byTopic(records, this.#connection) }),
        sendTimeoutMs,
        'a send to Kafka',
      );
      this.#failures = 0;
      this.#isFailing = false;
      return { kind: 'acknowledged' };
    } catch (error) {
      const refusal = refusalOf(error);
      this.#discard(error);
      return refusal === undefined ? { kind: 'failed', error } : { kind: 'refused', error: refusal };
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new TrunklineError('publish_unavailable', 'the publisher is closed'));
    const connected = this.#connected;
    this.#connected = undefined;
    if (connected !== undefined) await letGo(connected);
    await this.#background.settled();
  }

  #discard(error: unknown): void {
    const connected = this.#connected;
    this.#connected = undefined;
    this.#failed(error);
    if (connected !== undefined) this.#background.run(letGo(connected));
    if (!this.#closing.signal.aborted) this.#background.run(this.#keepConnecting());
  }

  /** Single flight; never rejects; resolves when connected or closed. */
  #keepConnecting(): Promise<void> {
    this.#connecting ??= this.#connectUntilDone().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connectUntilDone(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#connected === undefined && !signal.aborted) {
      // Also before the first attempt: a broker that answers, yet fails every send, is not to be asked in a tight loop.
      const waitMs = Math.min(maxReconnectDelayMs, firstReconnectDelayMs * 2 ** Math.min(this.#failures, 10));
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.#attempt();
    }
  }

  async #attempt(): Promise<void> {
    const client = this.#connection.open({
      requestTimeoutMs,
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: maxReconnectDelayMs },
    });
    const producer = client.kafka.producer({
      createPartitioner,
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // Until sendTimeoutMs: 100 ms, 200, 400, then 500 each.
      retry: { retries: 30, initialRetryTime: 100, maxRetryTime: maxReconnectDelayMs },
    });
    // kafkajs would ask again on the same connection, in vain if a firewall or a dead peer has forgotten it.
    producer.on(producer.events.REQUEST_TIMEOUT, () => client.destroySockets());
    try {
      await this.#unlessClosed(withinMs(producer.connect(), connectTimeoutMs, 'connecting to Kafka'));
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#failed(error);
      this.#background.run(letGo({ producer, client }));
      return;
    }
    if (this.#closing.signal.aborted) return letGo({ producer, client });
    this.#connected = { producer, client };
    this.#isFailing = false;
    this.#onEvent({ kind: 'connected' });
  }

  /** So that closing need not wait for a broker that does not answer. */
  async #unlessClosed(work: Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const { promise: closed, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('closed'));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([work, closed]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    this.#isFailing = true;
    this.#onEvent({ kind: 'failed', error, failures: this.#failures });
  }

  /** kafkajs would retry a topic that does not exist until the send times out, and hold up every other record. */
  async #checkTopics(records: readonly OutgoingRecord[], client: KafkaClient): Promise<void> {
    const unseen = new Set<string>();
    for (const { topic } of records) {
      const wireName = this.#connection.onWire(topic);
      if (!this.#existingTopics.has(wireName)) unseen.add(wireName);
    }
    if (unseen.size === 0) return;
    await askTopics([...unseen], client);
    for (const topic of unseen) this.#existingTopics.add(topic);
  }
}

async function askTopics(wireNames: readonly string[], client: KafkaClient): Promise<void> {
  const admin = client.kafka.admin({ retry: { retries: 1, initialRetryTime: 100 } });
  try {
    await withinMs(admin.connect(), connectTimeoutMs, 'connecting to Kafka');
    await withinMs(
      admin.fetchTopicMetadata({ topics: [...wireNames] }),
      requestTimeoutMs,
      'asking Kafka for its topics',
    );
  } finally {
    await withinMs(admin.disconnect(), 1_000, 'disconnecting from Kafka').catch(() => undefined);
  }
}

/** kafkajs waits for pending requests when it disconnects, for ever if the broker is frozen: so cut after a moment. */
async function letGo({ producer, client }: Connected): Promise<void> {
  await withinMs(producer.disconnect(), 1_000, 'disconnecting from Kafka').catch(() => undefined);
  client.destroySockets();
}

/** Every record of ours has a key. */
const createPartitioner: ICustomPartitioner = () => (place) => {
  const { key } = place.message;
  if (!Buffer.isBuffer(key)) throw new TypeError('a record without a key has no partition');
  return partitionOf(key, place.partitionMetadata.length);
};

function byTopic(records: readonly OutgoingRecord[], connection: KafkaConnection): TopicBatch[] {
  const batches = new Map<string, TopicBatch>();
  for (const { topic, key, value, headers } of records) {
    let batch = batches.get(topic);
    if (batch === undefined) {
      batch = { topic: connection.onWire(topic), messages: [] };
      batches.set(topic, batch);
    }
    batch.messages.push({ key, value, headers: { ...headers } });
  }
  return [...batches.values()];
}

interface TopicBatch {
  readonly topic: string;
  readonly messages: {
    readonly key: Buffer;
    readonly value: Buffer | null;
    readonly headers: Record<string, string>;
  }[];
}

/** What no repetition can help, as long as the record and the topics stay as they are. */
function refusalOf(error: unknown): TrunklineError | undefined {
  switch (protocolErrorType(error)) {
    case 'MESSAGE_TOO_LARGE':
    case 'RECORD_LIST_TOO_LARGE':
      return new TrunklineError(
        'payload_too_large',
        'the broker refuses the record as too large for its topic; see: trunkline topics apply',
        { cause: error },
      );
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'INVALID_TOPIC_EXCEPTION':
      return new TrunklineError(
        'publish_unavailable',
        'the broker does not know the topic; create it with: trunkline topics apply',
        { cause: error },
      );
    case 'TOPIC_AUTHORIZATION_FAILED':
      return new TrunklineError('publish_unavailable', `the broker does not let us write: ${messageOf(error)}`, {
        cause: error,
      });
    default:
      return undefined;
  }
}
