import { randomUUID } from 'node:crypto';

import { TrunklineError, withinMs } from '@trunkline/core';
import type { Consumer, EachBatchPayload } from 'kafkajs';

import type { KafkaClient, KafkaConnection } from '../kafkajs/connection.ts';
import { brokerUnavailable } from '../kafkajs/kafka-errors.ts';
import type { IncomingRecord } from '../ports.ts';
import { incomingRecord } from '../pump/incoming.ts';

/** What is still to be read of a partition: [next, end), or without an end. */
export interface Range {
  readonly topic: string;
  readonly partition: number;
  next: bigint;
  readonly end: bigint | undefined;
}

/** Bytes fetched ahead of whoever iterates. */
const maxBufferedBytes = 4 * 1024 * 1024;
const fetchWaitMs = 200;
/** 200 ms or more apart. */
const maxCrashes = 20;
const closeLimitMs = 2_000;

/** One reading. kafkajs reads in groups only, so it joins one of its own and takes it away at the end. */
export class Reading {
  /** `reading <topic>`, for messages. */
  readonly what: string;
  readonly #connection: KafkaConnection;
  readonly #groupId: string;
  /** By topic on the wire and partition; one that was read to its end is taken out. */
  readonly #ranges: Map<string, Range>;
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #buffer: IncomingRecord[] = [];
  #bufferedBytes = 0;
  #isPaused = false;
  #crashes = 0;
  #isEnded = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(connection: KafkaConnection, ranges: readonly Range[]) {
    const topics = [...new Set(ranges.map(({ topic }) => topic))];
    this.what = `reading ${topics.length === 1 ? topics[0] : `${topics.length} topics`}`;
    this.#connection = connection;
    this.#ranges = new Map(ranges.map((range) => [placeKey(connection.onWire(range.topic), range.partition), range]));
    this.#groupId = connection.onWire(`trunkline.reader.${randomUUID()}`);
    this.#client = connection.open({
      requestTimeoutMs: 10_000,
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    this.#consumer = this.#client.kafka.consumer({
      groupId: this.#groupId,
      maxWaitTimeInMs: fetchWaitMs,
      maxBytes: maxBufferedBytes,
      allowAutoTopicCreation: false,
      retry: {
        retries: 3,
        initialRetryTime: 100,
        maxRetryTime: 1_000,
        restartOnFailure: () => Promise.resolve(this.#mayRestart()),
      },
    });
  }

  async start(): Promise<void> {
    const { GROUP_JOIN, CRASH, END_BATCH_PROCESS } = this.#consumer.events;
    // At every join: the position of a group that has committed nothing is the beginning again.
    this.#consumer.on(GROUP_JOIN, ({ payload }) => this.#seekAll(payload.memberAssignment));
    this.#consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart) this.fail(brokerUnavailable(this.what, payload.error));
    });
    // Also of batches that hold markers only and are never handed over.
    this.#consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize > 0) return;
      this.#moveTo(placeKey(payload.topic, payload.partition), BigInt(payload.lastOffset) + 1n);
    });
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics: this.#wireTopics(), fromBeginning: true });
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#take(payload),
      });
    } catch (error) {
      throw brokerUnavailable(this.what, error);
    }
  }

  /** The next record, or undefined at the end. */
  async next(): Promise<IncomingRecord | undefined> {
    while (this.#buffer.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ranges.size === 0 || this.#isEnded) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const record = this.#buffer.shift();
    this.#bufferedBytes -= record?.sizeBytes ?? 0;
    if (this.#isPaused && this.#bufferedBytes < maxBufferedBytes / 2 && this.#error === undefined) {
      this.#isPaused = false;
      this.#consumer.resume(this.#open());
    }
    return record;
  }

  /** What was fetched is still given out, and nothing after it. */
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  fail(error: Error): void {
    this.#error ??= error;
    this.#wake?.();
  }

  /** A broker that has just started refuses the first joins for a second or two, and kafkajs does not repeat them. */
  #mayRestart(): boolean {
    this.#crashes += 1;
    return this.#error === undefined && this.#crashes <= maxCrashes;
  }

  async close(): Promise<void> {
    this.#error ??= new TrunklineError('dependency_unavailable', 'the reading is closed');
    await withinMs(this.#consumer.disconnect(), closeLimitMs, 'leaving the group').catch(() => undefined);
    await withinMs(this.#deleteGroup(), closeLimitMs, 'deleting the group').catch(() => undefined);
    this.#client.destroySockets();
  }

  /** The broker would forget the empty group by itself, some day; `kafka-consumer-groups --list` is for people. */
  async #deleteGroup(): Promise<void> {
    const admin = this.#client.kafka.admin();
    await admin.connect();
    await admin.deleteGroups([this.#groupId]);
    await admin.disconnect();
  }

  #seekAll(assignment: Readonly<Record<string, readonly number[]>>): void {
    this.#consumer.resume(this.#consumer.paused());
    this.#isPaused = false;
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const range = this.#ranges.get(placeKey(topic, partition));
        if (range === undefined) this.#consumer.pause([{ topic, partitions: [partition] }]);
        else this.#consumer.seek({ topic, partition, offset: range.next.toString() });
      }
    }
  }

  #take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const key = placeKey(batch.topic, batch.partition);
    const range = this.#ranges.get(key);
    if (range === undefined || payload.isStale() || this.#error !== undefined || this.#isEnded)
      return Promise.resolve();
    // Whoever follows a topic for days may live through many short outages.
    this.#crashes = 0;
    let last: string | undefined;
    for (const message of batch.messages) {
      const offset = BigInt(message.offset);
      if (isBeyond(range, offset) || this.#bufferedBytes >= maxBufferedBytes) break;
      last = message.offset;
      if (offset < range.next) continue;
      const record = incomingRecord(range.topic, batch.partition, message);
      this.#buffer.push(record);
      this.#bufferedBytes += record.sizeBytes;
    }
    const isWhole = last !== undefined && last === batch.messages.at(-1)?.offset;
    const position = isWhole ? batch.lastOffset() : last;
    if (position !== undefined) {
      payload.resolveOffset(position);
      this.#moveTo(key, BigInt(position) + 1n);
    } else if (range.end !== undefined && isBeyond(range, BigInt(batch.firstOffset() ?? '-1')))
      this.#moveTo(key, range.end);
    if (this.#bufferedBytes >= maxBufferedBytes && !this.#isPaused && this.#ranges.size > 0) {
      this.#isPaused = true;
      this.#consumer.pause(this.#open());
    }
    return Promise.resolve();
  }

  #moveTo(key: string, next: bigint): void {
    const range = this.#ranges.get(key);
    if (range === undefined) return;
    range.next = next;
    if (isBeyond(range, next)) {
      this.#ranges.delete(key);
      this.#consumer.pause([{ topic: this.#connection.onWire(range.topic), partitions: [range.partition] }]);
    }
    this.#wake?.();
  }

  /** The partitions that are still read. */
  #open(): { topic: string; partitions: number[] }[] {
    return [...this.#ranges.values()].map(({ topic, partition }) => ({
      topic: this.#connection.onWire(topic),
      partitions: [partition],
    }));
  }

  #wireTopics(): string[] {
    return [...new Set([...this.#ranges.values()].map(({ topic }) => this.#connection.onWire(topic)))];
  }
}

function isBeyond({ end }: Range, offset: bigint): boolean {
  return end !== undefined && offset >= end;
}

/** Names of topics have no slash. */
function placeKey(wireTopic: string, partition: number): string {
  return `${wireTopic}/${partition}`;
}
