import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { openTestBroker, readAll, type TestBroker } from '../testing/broker.ts';
import { recordOf } from '../testing/records.ts';
import { createPublisher } from './publisher.ts';

let broker: TestBroker;

beforeAll(async () => {
  broker = await openTestBroker(inject('stack').kafkaBrokers);
});

afterAll(async () => {
  await broker.close();
});

describe('a publisher', () => {
  it('resolves when the record is stored, and the record reads back byte for byte', async () => {
    await broker.createTopic('one.v1');
    const value = Buffer.from([0, 1, 2, 253, 254, 255]);

    await broker.publisher.publish(
      [{ topic: 'one.v1', key: Buffer.from('k1'), value, headers: { ce_id: 'evt_1', name: 'Zoë' } }],
      {
        deadlineMs: 60_000,
      },
    );

    const [record, ...more] = await readAll(broker, 'one.v1');
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      topic: 'one.v1',
      partition: 0,
      offset: 0n,
      headers: { ce_id: 'evt_1', name: 'Zoë' },
    });
    expect(record?.key?.toString()).toBe('k1');
    expect(record?.value).toEqual(value);
    expect(Math.abs(Date.now() - (record?.timestampMs ?? 0))).toBeLessThan(60_000);
    expect(broker.publisher.state()).toBe('ready');
    expect(broker.publisher.waitingBytes()).toBe(0);
  });

  it('keeps 10,000 records of 50 keys from 100 concurrent callers in order per key, each once', async () => {
    await broker.createTopic('ordered.v1', { partitions: 4 });
    const next = new Map<string, number>();
    const numbered = (key: string): string => {
      const number = next.get(key) ?? 0;
      next.set(key, number + 1);
      return String(number);
    };

    await Promise.all(
      Array.from({ length: 100 }, (_, caller) =>
        broker.publisher.publish(
          Array.from({ length: 100 }, () => {
            const key = `k${caller % 50}`;
            return recordOf('ordered.v1', key, numbered(key));
          }),
          { deadlineMs: 60_000 },
        ),
      ),
    );

    const seen = new Map<string, string[]>();
    for (const record of await readAll(broker, 'ordered.v1')) {
      const key = String(record.key);
      seen.set(key, [...(seen.get(key) ?? []), String(record.value)]);
    }
    const expected = Array.from({ length: 200 }, (_, number) => String(number));
    expect([...seen.keys()].sort()).toEqual([...next.keys()].sort());
    for (const numbers of seen.values()) expect(numbers).toEqual(expected);
  });

  it('refuses a record above its limit before it queues anything', async () => {
    await broker.createTopic('small.v1');
    const publisher = await createPublisher(broker.connection, { limits: { maxRecordBytes: () => 2_000 } });

    const published = publisher.publish(
      [recordOf('small.v1', 'fits'), recordOf('small.v1', 'large', Buffer.alloc(2_000))],
      {
        deadlineMs: 60_000,
      },
    );

    await expect(published).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(await readAll(broker, 'small.v1')).toEqual([]);
    await publisher.close({ deadlineMs: 1_000 });
  });

  it('sends a record larger than a batch alone, when the topic takes it', async () => {
    await broker.createTopic('large.v1', { config: { 'max.message.bytes': String(4 * 1024 * 1024) } });
    const publisher = await createPublisher(broker.connection, { limits: { maxRecordBytes: 4 * 1024 * 1024 } });
    const large = Buffer.alloc(3 * 1024 * 1024, 7);

    await publisher.publish([recordOf('large.v1', 'a'), recordOf('large.v1', 'b', large), recordOf('large.v1', 'c')], {
      deadlineMs: 60_000,
    });

    const records = await readAll(broker, 'large.v1');
    expect(records.map(({ key }) => String(key))).toEqual(['a', 'b', 'c']);
    expect(records[1]?.value?.equals(large)).toBe(true);
    await publisher.close({ deadlineMs: 1_000 });
  });

  it('lets a record that the broker finds too large fail alone', async () => {
    await broker.createTopic('narrow.v1', { config: { 'max.message.bytes': '2000' } });

    const results = await Promise.allSettled([
      broker.publisher.publish([recordOf('narrow.v1', 'a')], { deadlineMs: 60_000 }),
      broker.publisher.publish([recordOf('narrow.v1', 'b', Buffer.alloc(10_000))], { deadlineMs: 60_000 }),
      broker.publisher.publish([recordOf('narrow.v1', 'c')], { deadlineMs: 60_000 }),
    ]);

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'payload_too_large' } });
    expect((await readAll(broker, 'narrow.v1')).map(({ key }) => String(key))).toEqual(['a', 'c']);
  });

  it('tells at once that a topic is missing, and does not hold up the others', async () => {
    await broker.createTopic('there.v1');

    const results = await Promise.allSettled([
      broker.publisher.publish([recordOf('missing.v1', 'a')], { deadlineMs: 60_000 }),
      broker.publisher.publish([recordOf('there.v1', 'b')], { deadlineMs: 60_000 }),
    ]);

    expect(results[0]).toMatchObject({
      reason: { code: 'publish_unavailable', message: expect.stringContaining('topics apply') },
    });
    expect(results[1]?.status).toBe('fulfilled');
  });

  it('puts a key on the partition on which a Java producer would put it', async () => {
    await broker.createTopic('murmur.v1', { partitions: 12 });
    // Kafka's own test vectors of murmur2 (UtilsTest.java): (hash & 0x7fffffff) % 12.
    const hashes = { '21': -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536, abc: 479470107 };

    await broker.publisher.publish(
      Object.keys(hashes).map((key) => recordOf('murmur.v1', key)),
      { deadlineMs: 60_000 },
    );

    const partitions = (await readAll(broker, 'murmur.v1')).map(({ key, partition }) => [String(key), partition]);
    expect(Object.fromEntries(partitions)).toEqual(
      Object.fromEntries(Object.entries(hashes).map(([key, hash]) => [key, (hash & 0x7fffffff) % 12])),
    );
  });
});
