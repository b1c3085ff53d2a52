import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import type { IncomingRecord } from './ports.ts';
import { readRecordAt, readRecords, type ReadOptions } from './reader.ts';
import { openTestBroker, type TestBroker } from './testing/broker.ts';
import { recordOf } from './testing/records.ts';

let broker: TestBroker;

beforeAll(async () => {
  broker = await openTestBroker(inject('stack').kafkaBrokers);
  await broker.createTopic('read.v1', { partitions: 2 });
  // k0 lies on partition 1 of 2, k3 on partition 0.
  await broker.publisher.publish(
    ['k0', 'k0', 'k0', 'k0', 'k3'].map((key, index) => recordOf('read.v1', key, `v${index}`)),
    { deadlineMs: 10_000 },
  );
});

afterAll(async () => {
  await broker.close();
});

async function read(options: Partial<ReadOptions>): Promise<string[]> {
  const found: IncomingRecord[] = [];
  const bounded = { topic: 'read.v1', limit: 100, signal: AbortSignal.timeout(15_000), ...options };
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
    await broker.publisher.publish(records, { deadlineMs: 20_000 });

    let count = 0;
    for await (const { offset, value } of readRecords(broker.connection, {
      topic: 'much.v1',
      limit: 1_000,
      signal: AbortSignal.timeout(20_000),
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

  it('says that there is no such topic', async () => {
    await expect(read({ topic: 'absent.v1' })).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('ends when it is aborted', async () => {
    await expect(read({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toMatchObject({
      code: 'dependency_unavailable',
    });
  });
});
