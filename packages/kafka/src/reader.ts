import { randomUUID } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';
import type { Consumer, EachBatchPayload } from 'kafkajs';

import { createTopicAdmin } from './admin.ts';
import type { KafkaClient, KafkaConnection } from './connection.ts';
import { withinMs } from './deadline.ts';
import { incomingRecord } from './incoming.ts';
import { brokerUnavailable } from './kafka-errors.ts';
import type { IncomingRecord } from './ports.ts';

export interface ReadOptions {
  readonly topic: string;
  /** All partitions unless given. */
  readonly partition?: number;
  /** In each partition that is read; the first record that is still there unless given. Wins over the timestamp. */
  readonly fromOffset?: bigint;
  readonly fromTimestampMs?: number;
  /** Exclusive; where each partition ended when the reading began unless given. */
  readonly toOffset?: bigint;
  /** Records at most. */
  readonly limit: number;
  /** Ends the reading with `dependency_unavailable`, so a caller that must not wait for ever gives one. */
  readonly signal?: AbortSignal;
}

/** What is still to be read of a partition: [next, end). */
interface Range {
  next: bigint;
  readonly end: bigint;
}

/** Bytes fetched ahead of whoever iterates. */
const maxBufferedBytes = 4 * 1024 * 1024;
const fetchWaitMs = 200;
/** 200 ms or more apart. */
const maxCrashes = 20;
const closeLimitMs = 2_000;

/**
 * Reads a bounded piece of a topic, for people and tests: it ends at the end the topic had when the reading began.
 * Commits nothing. Order holds within a partition only. Rejects with `config_invalid` when there is no such topic.
 */
export async function* readRecords(
  connection: KafkaConnection,
  options: ReadOptions,
): AsyncGenerator<IncomingRecord, void, undefined> {
  const ranges = await rangesOf(connection, options);
  if (ranges.size === 0 || options.limit <= 0) return;
  const reading = new Reading(connection, options.topic, ranges);
  const onAbort = (): void =>
    reading.fail(
      new TrunklineError('dependency_unavailable', `reading ${options.topic} was given up`, {
        cause: options.signal?.reason,
      }),
    );
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted === true) onAbort();
  try {
    await reading.start();
    for (let count = 0; count < options.limit; count += 1) {
      const record = await reading.next();
      if (record === undefined) return;
      yield record;
    }
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    await reading.close();
  }
}

/** The one record at an offset; undefined when it is not there (any more, or yet). */
export async function readRecordAt(
  connection: KafkaConnection,
  ...[topic, partition, offset]: [topic: string, partition: number, offset: bigint]
): Promise<IncomingRecord | undefined> {
  const found = readRecords(connection, {
    topic,
    partition,
    fromOffset: offset,
    toOffset: offset + 1n,
    limit: 1,
    signal: AbortSignal.timeout(15_000),
  });
  for await (const record of found) return record;
  return undefined;
}

async function rangesOf(connection: KafkaConnection, options: ReadOptions): Promise<Map<number, Range>> {
  const { topic, partition, fromOffset, fromTimestampMs, toOffset } = options;
  const admin = createTopicAdmin(connection);
  try {
    const offsets = await admin.offsets(topic);
    const since =
      fromOffset === undefined && fromTimestampMs !== undefined
        ? await admin.offsetsByTimestamp(topic, fromTimestampMs)
        : [];
    const ranges = new Map<number, Range>();
    for (const { partition: id, low, high } of offsets) {
      if (partition !== undefined && partition !== id) continue;
      const from = fromOffset ?? since.find((entry) => entry.partition === id)?.offset ?? low;
      const next = from < low ? low : from;
      const end = toOffset === undefined || toOffset > high ? high : toOffset;
      if (next < end) ranges.set(id, { next, end });
    }
    return ranges;
  } finally {
    await admin.close();
  }
}

/** One reading. kafkajs reads in groups only, so it joins one of its own and takes it away at the end. */
class Reading {
  readonly #topic: string;
  readonly #wireTopic: string;
  readonly #groupId: string;
  readonly #ranges: Map<number, Range>;
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #buffer: IncomingRecord[] = [];
  #bufferedBytes = 0;
  #isPaused = false;
  #crashes = 0;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(connection: KafkaConnection, topic: string, ranges: Map<number, Range>) {
    this.#topic = topic;
    this.#wireTopic = connection.onWire(topic);
    this.#groupId = connection.onWire(`trunkline.reader.${randomUUID()}`);
    this.#ranges = ranges;
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
    this.#consumer.on(GROUP_JOIN, ({ payload }) => this.#seekAll(payload.memberAssignment[this.#wireTopic] ?? []));
    this.#consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart) this.fail(brokerUnavailable(`reading ${this.#topic}`, payload.error));
    });
    // Also of batches that hold markers only and are never handed over.
    this.#consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) this.#moveTo(payload.partition, BigInt(payload.lastOffset) + 1n);
    });
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics: [this.#wireTopic], fromBeginning: true });
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#take(payload),
      });
    } catch (error) {
      throw brokerUnavailable(`reading ${this.#topic}`, error);
    }
  }

  /** The next record, or undefined at the end. */
  async next(): Promise<IncomingRecord | undefined> {
    while (this.#buffer.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ranges.size === 0) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const record = this.#buffer.shift();
    this.#bufferedBytes -= record?.sizeBytes ?? 0;
    if (this.#isPaused && this.#bufferedBytes < maxBufferedBytes / 2 && this.#error === undefined) {
      this.#isPaused = false;
      this.#consumer.resume([{ topic: this.#wireTopic, partitions: [...this.#ranges.keys()] }]);
    }
    return record;
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

  #seekAll(assigned: readonly number[]): void {
    this.#consumer.resume(this.#consumer.paused());
    this.#isPaused = false;
    for (const partition of assigned) {
      const range = this.#ranges.get(partition);
      if (range === undefined) this.#consumer.pause([{ topic: this.#wireTopic, partitions: [partition] }]);
      else this.#consumer.seek({ topic: this.#wireTopic, partition, offset: range.next.toString() });
    }
  }

  #take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const range = this.#ranges.get(batch.partition);
    if (range === undefined || payload.isStale() || this.#error !== undefined) return Promise.resolve();
    let last: string | undefined;
    for (const message of batch.messages) {
      const offset = BigInt(message.offset);
      if (offset >= range.end || this.#bufferedBytes >= maxBufferedBytes) break;
      last = message.offset;
      if (offset < range.next) continue;
      const record = incomingRecord(this.#topic, batch.partition, message);
      this.#buffer.push(record);
      this.#bufferedBytes += record.sizeBytes;
    }
    const isWhole = last !== undefined && last === batch.messages.at(-1)?.offset;
    const position = isWhole ? batch.lastOffset() : last;
    if (position !== undefined) {
      payload.resolveOffset(position);
      this.#moveTo(batch.partition, BigInt(position) + 1n);
    } else if (BigInt(batch.firstOffset() ?? '-1') >= range.end) this.#moveTo(batch.partition, range.end);
    if (this.#bufferedBytes >= maxBufferedBytes && !this.#isPaused && this.#ranges.size > 0) {
      this.#isPaused = true;
      this.#consumer.pause([{ topic: this.#wireTopic, partitions: [...this.#ranges.keys()] }]);
    }
    return Promise.resolve();
  }

  #moveTo(partition: number, next: bigint): void {
    const range = this.#ranges.get(partition);
    if (range === undefined) return;
    range.next = next;
    if (next >= range.end) {
      this.#ranges.delete(partition);
      this.#consumer.pause([{ topic: this.#wireTopic, partitions: [partition] }]);
    }
    this.#wake?.();
  }
}
