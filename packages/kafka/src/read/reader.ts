import { TrunklineError } from '@trunkline/core';

import { createTopicAdmin, type TopicAdmin } from '../admin/admin.ts';
import type { KafkaConnection } from '../kafkajs/connection.ts';
import type { IncomingRecord } from '../ports.ts';
import { type Range, Reading } from './reading.ts';

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

/**
 * Reads a bounded piece of a topic, for people and tests: it ends at the end the topic had when the reading began.
 * Commits nothing. Order holds within a partition only. Rejects with `config_invalid` when there is no such topic.
 */
export async function* readRecords(
  connection: KafkaConnection,
  options: ReadOptions,
): AsyncGenerator<IncomingRecord, void, undefined> {
  const ranges = await withAdmin(connection, (admin) => rangesOf(admin, options));
  if (options.limit <= 0) return;
  yield* readRanges(connection, ranges, options);
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

export interface RecordPlaces {
  readonly places: readonly { readonly topic: string; readonly partition: number; readonly offset: bigint }[];
  /** Ends the reading with `dependency_unavailable`. */
  readonly signal: AbortSignal;
}

/** The records at many places in one reading. A place that is past its partition's end is waited for until the signal. */
export async function* readRecordsAt(
  connection: KafkaConnection,
  { places, signal }: RecordPlaces,
): AsyncGenerator<IncomingRecord, void, undefined> {
  const ranges = places.map(({ topic, partition, offset }) => ({ topic, partition, next: offset, end: offset + 1n }));
  yield* readRanges(connection, ranges, { limit: ranges.length, signal });
}

export interface RecordRanges {
  /** From inclusive, to exclusive; at most one of each partition. */
  readonly ranges: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly fromOffset: bigint;
    readonly toOffset: bigint;
  }[];
  /** Records at most. */
  readonly limit: number;
  /** Ends the reading with `dependency_unavailable`. */
  readonly signal: AbortSignal;
}

/** Parts of several partitions in one reading. */
export async function* readRecordRanges(
  connection: KafkaConnection,
  { ranges, limit, signal }: RecordRanges,
): AsyncGenerator<IncomingRecord, void, undefined> {
  const open = ranges.filter(({ fromOffset, toOffset }) => fromOffset < toOffset);
  const asRange = ({ topic, partition, fromOffset, toOffset }: (typeof open)[number]): Range => ({
    topic,
    partition,
    next: fromOffset,
    end: toOffset,
  });
  if (open.length === 0) return;
  yield* readRanges(connection, open.map(asRange), { limit, signal });
}

export interface FollowOptions {
  readonly topics: readonly string[];
  /** Where each partition is begun: its first record, its end, or the first record appended at or after a time. */
  readonly from: 'beginning' | 'end' | { readonly timestampMs: number };
  /** Called once the beginnings are settled: every record appended from now on is given out. */
  readonly onSettled?: () => void;
  /** Ends the following, without an error. */
  readonly signal: AbortSignal;
}

/**
 * Reads topics on and on, until the signal. Commits nothing and joins no group of the product. Order holds within a
 * partition only. Rejects with `config_invalid` when a topic is missing.
 */
export async function* followRecords(
  connection: KafkaConnection,
  options: FollowOptions,
): AsyncGenerator<IncomingRecord, void, undefined> {
  const { topics, from, signal } = options;
  const ranges = await withAdmin(connection, async (admin) =>
    (await Promise.all(topics.map((topic) => beginningsOf(admin, topic, from)))).flat(),
  );
  options.onSettled?.();
  if (ranges.length === 0 || signal.aborted) return;
  const reading = new Reading(connection, ranges);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => {
    reading.end();
    resolve();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const started = reading.start();
  try {
    // A broker that does not answer must not hold up whoever wants to leave.
    await Promise.race([started, ended]);
    while (!signal.aborted) {
      const record = await reading.next();
      if (record === undefined) return;
      yield record;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Where it was left before it had started, its failure is of no interest any more.
    started.catch(() => undefined);
    await reading.close();
  }
}

async function withAdmin<T>(connection: KafkaConnection, use: (admin: TopicAdmin) => Promise<T>): Promise<T> {
  const admin = createTopicAdmin(connection);
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}

async function* readRanges(
  connection: KafkaConnection,
  ranges: readonly Range[],
  { limit, signal }: Pick<ReadOptions, 'limit' | 'signal'>,
): AsyncGenerator<IncomingRecord, void, undefined> {
  if (ranges.length === 0) return;
  const reading = new Reading(connection, ranges);
  const onAbort = (): void =>
    reading.fail(
      new TrunklineError('dependency_unavailable', `${reading.what} was given up`, { cause: signal?.reason }),
    );
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  try {
    await reading.start();
    for (let count = 0; count < limit; count += 1) {
      const record = await reading.next();
      if (record === undefined) return;
      yield record;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await reading.close();
  }
}

async function rangesOf(admin: TopicAdmin, options: ReadOptions): Promise<readonly Range[]> {
  const { topic, partition, fromOffset, fromTimestampMs, toOffset } = options;
  const offsets = await admin.offsets(topic);
  const since =
    fromOffset === undefined && fromTimestampMs !== undefined
      ? await admin.offsetsByTimestamp(topic, fromTimestampMs)
      : [];
  const ranges: Range[] = [];
  for (const { partition: id, low, high } of offsets) {
    if (partition !== undefined && partition !== id) continue;
    const from = fromOffset ?? since.find((entry) => entry.partition === id)?.offset ?? low;
    const next = from < low ? low : from;
    const end = toOffset === undefined || toOffset > high ? high : toOffset;
    if (next < end) ranges.push({ topic, partition: id, next, end });
  }
  return ranges;
}

async function beginningsOf(admin: TopicAdmin, topic: string, from: FollowOptions['from']): Promise<readonly Range[]> {
  const offsets = await admin.offsets(topic);
  const since = typeof from === 'string' ? [] : await admin.offsetsByTimestamp(topic, from.timestampMs);
  return offsets.map(({ partition, low, high }) => {
    const later = since.find((entry) => entry.partition === partition)?.offset ?? high;
    return { topic, partition, next: from === 'beginning' ? low : from === 'end' ? high : later, end: undefined };
  });
}
