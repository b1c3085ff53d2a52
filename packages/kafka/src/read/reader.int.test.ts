import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import type { IncomingRecord } from '../ports.ts';
import { openTestBroker, type TestBroker } from '../testing/broker.ts';
import { recordOf } from '../testing/records.ts';
import {
  type FollowOptions,
  followRecords,
  readRecordAt,
  readRecords,
  readRecordsAt,
  type ReadOptions,
} from './reader.ts';

let broker: TestBroker;

beforeAll(async () => {
  broker = await openTestBroker(inject('stack').kafkaBrokers);
  await broker.createTopic('read.v1', { partitions: 2 });
  // k0 lies on partition 1 of 2, k3 on partition 0.
  await broker.publisher.publish(
    ['k0', 'k0', 'k0', 'k0', 'k3'].map((key, index) => recordOf('read.v1', key, `v${index}`)),
    { deadlineMs: 60_000 },
  );
});

afterAll(async () => {
  await broker.close();
});

async function read(options: Partial<ReadOptions>): Promise<string[]> {
  const found: IncomingRecord[] = [];
  const bounded = { topic: 'read.v1', limit: 100, signal: AbortSignal.timeout(60_000), ...options };
  for await (const record of readRecords(broker.connection, bounded)) found.push(record);
  return found.map(({ value }) => String(value));
}

describe('reading records', () => {
  it('ends where the topic ended when it began', async () => {
    expect((await read({})).sort()).toEqual(['v0', 'v1', 'v2', 'v3', 'v4']);
  });

  it('reads one partition from an offset up to another', async () => {
    expect(await read({ partition: 1, fromOffset: 1n, toOffset: 3n })).toEqual(['v1', 'v2']);
    expect(await read({ partition: 0 })).toEqual(['v4']);
  });

  it('stops at the limit', async () => {
    expect(await read({ partition: 1, limit: 2 })).toEqual(['v0', 'v1']);
    expect(await read({ limit: 0 })).toEqual([]);
  });

  it('begins at a time', async () => {
    expect(await read({ fromTimestampMs: Date.now() + 60_000 })).toEqual([]);
    expect(await read({ fromTimestampMs: 0, partition: 0 })).toEqual(['v4']);
  });

  it('finds one record by its place, and nothing where there is none', async () => {
    expect(String((await readRecordAt(broker.connection, 'read.v1', 1, 2n))?.value)).toBe('v2');
    expect(await readRecordAt(broker.connection, 'read.v1', 1, 99n)).toBeUndefined();
  });

  it('reads far more than it holds at one time', async () => {
    await broker.createTopic('much.v1');
    const records = Array.from({ length: 120 }, (_, index) =>
      recordOf('much.v1', `k${index}`, Buffer.alloc(100_000, index)),
    );
    await broker.publisher.publish(records, { deadlineMs: 60_000 });

    let count = 0;
    for await (const { offset, value } of readRecords(broker.connection, {
      topic: 'much.v1',
      limit: 1_000,
      signal: AbortSignal.timeout(60_000),
    })) {
      expect(offset).toBe(BigInt(count));
      expect(value?.[0]).toBe(count);
      count += 1;
    }

    expect(count).toBe(120);
  });

  it('leaves no group behind', async () => {
    const { connection } = broker;
    const client = connection.open({ requestTimeoutMs: 10_000, retry: { retries: 1 } });
    const admin = client.kafka.admin();
    await admin.connect();

    await read({});

    const { groups } = await admin.listGroups();
    expect(groups.filter(({ groupId }) => groupId.startsWith(connection.namespace))).toEqual([]);
    await admin.disconnect();
  });

  it('finds the records at many places of several topics in one reading', async () => {
    await broker.createTopic('places.v1');
    await broker.publisher.publish([recordOf('places.v1', 'k', 'p0')], { deadlineMs: 60_000 });
    const found: string[] = [];

    for await (const record of readRecordsAt(broker.connection, {
      places: [
        { topic: 'read.v1', partition: 1, offset: 2n },
        { topic: 'read.v1', partition: 0, offset: 0n },
        { topic: 'places.v1', partition: 0, offset: 0n },
      ],
      signal: AbortSignal.timeout(60_000),
    }))
      found.push(String(record.value));

    expect(found.sort()).toEqual(['p0', 'v2', 'v4']);
  });

  it('says that there is no such topic', async () => {
    await expect(read({ topic: 'absent.v1' })).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('ends when it is aborted', async () => {
    await expect(read({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toMatchObject({
      code: 'dependency_unavailable',
    });
  });
});

describe('following records', () => {
  const deadlineMs = 60_000;

  interface Following {
    readonly topics: readonly string[];
    readonly from: FollowOptions['from'];
    /** Records after which it leaves. */
    readonly wanted: number;
    readonly onSettled?: () => void;
  }

  async function follow({ wanted, ...options }: Following): Promise<string[]> {
    const leaving = new AbortController();
    const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(deadlineMs)]);
    const found: string[] = [];
    for await (const { value } of followRecords(broker.connection, { ...options, signal })) {
      found.push(String(value));
      if (found.length === wanted) leaving.abort();
    }
    return found;
  }

  it('gives out what is there and what is appended while it follows, and ends without an error', async () => {
    await broker.createTopic('follow.v1');
    await broker.createTopic('follow-too.v1');
    await broker.publisher.publish([recordOf('follow.v1', 'k', 'before')], { deadlineMs });
    const settled = Promise.withResolvers<void>();

    const following = follow({
      topics: ['follow.v1', 'follow-too.v1'],
      from: 'beginning',
      wanted: 2,
      onSettled: settled.resolve,
    });
    await settled.promise;
    await broker.publisher.publish([recordOf('follow-too.v1', 'k', 'after')], { deadlineMs });

    expect((await following).sort()).toEqual(['after', 'before']);
  });

  it('ends at the signal while it waits for what does not come', async () => {
    await broker.createTopic('follow-quiet.v1');
    await broker.publisher.publish([recordOf('follow-quiet.v1', 'k', 'only')], { deadlineMs });
    const leaving = new AbortController();
    const records = followRecords(broker.connection, {
      topics: ['follow-quiet.v1'],
      from: 'beginning',
      signal: leaving.signal,
    });
    await records.next();

    const waiting = records.next();
    leaving.abort();

    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('begins at the end of each partition, or at a time', async () => {
    await broker.createTopic('follow-end.v1');
    await broker.publisher.publish([recordOf('follow-end.v1', 'k', 'before')], { deadlineMs });
    const settled = Promise.withResolvers<void>();
    const settledToo = Promise.withResolvers<void>();

    const common = { topics: ['follow-end.v1'], wanted: 1 };
    const fromEnd = follow({ ...common, from: 'end', onSettled: settled.resolve });
    const later = { timestampMs: Date.now() + 60_000 };
    const fromTime = follow({ ...common, from: later, onSettled: settledToo.resolve });
    await Promise.all([settled.promise, settledToo.promise]);
    await broker.publisher.publish([recordOf('follow-end.v1', 'k', 'after')], { deadlineMs });

    expect(await fromEnd).toEqual(['after']);
    expect(await fromTime).toEqual(['after']);
  });

  it('says that there is no such topic', async () => {
    await expect(follow({ topics: ['read.v1', 'absent.v1'], from: 'end', wanted: 1 })).rejects.toMatchObject({
      code: 'config_invalid',
    });
  });
});
