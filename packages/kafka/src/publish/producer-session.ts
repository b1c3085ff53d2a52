import { setTimeout as delay } from 'node:timers/promises';

import { TrunklineError, withinMs } from '@trunkline/core';
import type { ICustomPartitioner, Producer, RecordMetadata } from 'kafkajs';

import type { KafkaClient, KafkaConnection } from '../kafkajs/connection.ts';
import { PartlyProduced } from '../kafkajs/responses.ts';
import type { PublisherState } from '../ports.ts';
import { Background } from '../pump/background.ts';
import { refusalOf } from './refusals.ts';
import type { SendOutcome, SendPart } from './send-lane.ts';

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
 * Owns one producer, and the one send it has outstanding. kafkajs rolls a sequence back on any error, and a broker that had stored the batch then takes
 * the next one for its duplicate: acknowledged, never stored. So a producer that failed once is never used again.
 */
export class ProducerSession {
  readonly #connection: KafkaConnection;
  readonly #onEvent: (event: SessionEvent) => void;
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
  async send(parts: readonly SendPart[]): Promise<readonly SendOutcome[]> {
    while (this.#connected === undefined) {
      if (this.#closing.signal.aborted) return parts.map(() => outcomeOf(this.#closing.signal.reason));
      await this.#keepConnecting();
    }
    const { producer } = this.#connected;
    try {
      const answers = await withinMs(
        producer.sendBatch({ acks: -1, timeout: requestTimeoutMs, topicMessages: byTopic(parts, this.#connection) }),
        sendTimeoutMs,
        'a send to Kafka',
      );
      const outcomes = outcomesIn(answers, parts, (topic) => this.#connection.onWire(topic));
      const forgotten = outcomes.find(({ kind }) => kind === 'failed');
      if (forgotten?.kind === 'failed') {
        this.#discard(forgotten.error);
        return outcomes;
      }
      this.#failures = 0;
      this.#isFailing = false;
      return outcomes;
    } catch (error) {
      this.#discard(error);
      return error instanceof PartlyProduced ? this.#outcomesOf(parts, error) : parts.map(() => outcomeOf(error));
    }
  }

  #outcomesOf(parts: readonly SendPart[], { parts: answers }: PartlyProduced): readonly SendOutcome[] {
    return parts.map(({ topic, partition }) => {
      const wireName = this.#connection.onWire(topic);
      const answer = answers.find((each) => each.topic === wireName && each.partition === partition);
      if (answer === undefined) return { kind: 'failed', error: new Error('the broker did not answer for it') };
      return answer.error === undefined ? acknowledged : outcomeOf(answer.error);
    });
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
}

/** kafkajs waits for pending requests when it disconnects, for ever if the broker is frozen: so cut after a moment. */
async function letGo({ producer, client }: Connected): Promise<void> {
  await withinMs(producer.disconnect(), 1_000, 'disconnecting from Kafka').catch(() => undefined);
  client.destroySockets();
}

/** Every record comes with its partition: whoever puts it in order has to know it. */
const createPartitioner: ICustomPartitioner =
  () =>
  ({ message: { partition } }) => {
    if (partition === undefined) throw new TypeError('a record is sent without its partition');
    return partition;
  };

function byTopic(parts: readonly SendPart[], connection: KafkaConnection): TopicBatch[] {
  const batches = new Map<string, TopicBatch>();
  for (const { topic, partition, records } of parts) {
    let batch = batches.get(topic);
    if (batch === undefined) {
      batch = { topic: connection.onWire(topic), messages: [] };
      batches.set(topic, batch);
    }
    for (const { key, value, headers } of records) batch.messages.push({ partition, key, value, headers });
  }
  return [...batches.values()];
}

interface TopicBatch {
  readonly topic: string;
  readonly messages: {
    readonly partition: number;
    readonly key: Buffer;
    readonly value: Buffer | null;
    readonly headers: Record<string, string>;
  }[];
}

const acknowledged: SendOutcome = { kind: 'acknowledged' };

/**
 * Acknowledged is what the brokers answered for. Where leaders move while kafkajs repeats a send, it skips every broker that
 * has answered once, also for a partition that has just come to it: that one was never sent, and the send is told as done.
 */
export function outcomesIn(
  answers: readonly Pick<RecordMetadata, 'topicName' | 'partition'>[],
  parts: readonly Pick<SendPart, 'topic' | 'partition'>[],
  onWire: (topic: string) => string,
): readonly SendOutcome[] {
  const answered = new Set(answers.map(({ topicName, partition }) => `${partition} ${topicName}`));
  return parts.map(({ topic, partition }) =>
    answered.has(`${partition} ${onWire(topic)}`)
      ? acknowledged
      : { kind: 'failed', error: new Error(`no broker answered for ${topic}[${partition}]`) },
  );
}

function outcomeOf(error: unknown): SendOutcome {
  const refusal = refusalOf(error);
  return refusal === undefined ? { kind: 'failed', error } : { kind: 'refused', error: refusal };
}
