import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import type { IncomingRecord } from '../ports.ts';
import { openTestBroker, readAll, type TestBroker, until } from '../testing/broker.ts';
import { lagOf } from '../testing/pump-harness.ts';
import { recordOf } from '../testing/records.ts';
import { createItemPump, createPump } from './create-pump.ts';
import { keptRecord } from './incoming.ts';

let broker: TestBroker;

beforeAll(async () => {
  broker = await openTestBroker(inject('stack').kafkaBrokers);
});

afterAll(async () => {
  await broker.close();
});

describe('a pump of items', () => {
  it('hands over what its reader has made of each record on arrival', async () => {
    await broker.createTopic('item.v1', { partitions: 1 });
    const records = [0, 1].map((index) => recordOf('item.v1', 'k', `value ${index}`));
    await broker.publisher.publish(records, { deadlineMs: 60_000 });
    const items: string[] = [];
    const pump = createItemPump(broker.connection, {
      groupId: 'item',
      topics: ['item.v1'],
      maxBytesInFlight: 1024 * 1024,
      itemOf: ({ offset, value }) => `${offset} ${String(value)}`,
      process: (made) => Promise.resolve(void items.push(...made)),
      onFatal: (error) => items.push(String(error)),
    });
    await pump.start();
    await until(() => items.length === 2, 'both are handed over');
    await pump.idle();
    await pump.stop({ deadlineMs: 60_000 });

    expect(items).toEqual(['0 value 0', '1 value 1']);
    expect(await lagOf(broker, 'item', 'item.v1')).toBe(0n);
  });

  it('sees the headers that its reader wants and no others, with what all of them weigh', async () => {
    await broker.createTopic('lean.v1', { partitions: 1 });
    const headers = { wanted: 'ü', 'not-wanted': 'x'.repeat(100) };
    await broker.publisher.publish([{ ...recordOf('lean.v1', 'k', 'value'), headers }], { deadlineMs: 60_000 });
    const items: IncomingRecord[] = [];
    const pump = createItemPump(broker.connection, {
      groupId: 'lean',
      topics: ['lean.v1'],
      maxBytesInFlight: 1024 * 1024,
      onlyHeaders: new Set(['wanted', 'no']),
      itemOf: keptRecord,
      process: (made) => Promise.resolve(void items.push(...made)),
      onFatal: (error) => expect.fail(String(error)),
    });

    await pump.start();
    await until(() => items.length === 1, 'it is handed over');
    await pump.stop({ deadlineMs: 60_000 });

    const [whole] = await readAll(broker, 'lean.v1');
    expect(whole?.headers).toMatchObject(headers);
    expect(items).toEqual([{ ...whole, headers: { wanted: 'ü' } }]);
  });

  it('sees each record as it was published, and a pump of records keeps it so, through answers in the same bytes', async () => {
    await broker.createTopic('bytes.v1', { partitions: 3 });
    const published = Array.from({ length: 1_500 }, (_, index) =>
      recordOf('bytes.v1', `k${index}`, Buffer.alloc(20_000, `${index} `)),
    );
    await broker.publisher.publish(published, { deadlineMs: 60_000 });
    const options = { topics: ['bytes.v1'], maxBytesInFlight: 64 * 1024 * 1024, minFetchBytes: 1024 * 1024 };
    const kept: IncomingRecord[] = [];
    const seen: string[] = [];
    const failed: unknown[] = [];
    const onFatal = (error: unknown): void => void failed.push(error);

    const pumps = [
      createPump(broker.connection, {
        ...options,
        groupId: 'kept',
        process: (records) => Promise.resolve(void kept.push(...records)),
        onFatal,
      }),
      createItemPump(broker.connection, {
        ...options,
        groupId: 'seen',
        onlyHeaders: new Set<string>(),
        itemOf: digestOf,
        process: (digests) => Promise.resolve(void seen.push(...digests)),
        onFatal,
      }),
    ];
    await Promise.all(pumps.map((pump) => pump.start()));
    await until(() => kept.length + seen.length === 2 * published.length, 'all of them are there');
    await Promise.all(pumps.map((pump) => pump.stop({ deadlineMs: 60_000 })));

    const expected = published.map(digestOf).toSorted();
    expect(seen.toSorted()).toEqual(expected);
    // After the last answer, so that whatever was not their own is long written over.
    expect(kept.map(digestOf).toSorted()).toEqual(expected);
    expect(failed).toEqual([]);
  });
});

function digestOf({ key, value }: Pick<IncomingRecord, 'key' | 'value'>): string {
  const digest = createHash('sha1')
    .update(key ?? '')
    .update(value ?? '')
    .digest('hex');
  return `${String(key)} ${digest}`;
}
