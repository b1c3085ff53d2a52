import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { openTestBroker, type TestBroker, until } from '../testing/broker.ts';
import { lagOf } from '../testing/pump-harness.ts';
import { recordOf } from '../testing/records.ts';
import { createItemPump } from './create-pump.ts';

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
});
