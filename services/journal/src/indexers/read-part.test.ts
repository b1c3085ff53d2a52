import { createRecordViews } from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';
import { expect, it } from 'vitest';

import { sampleRecords, sampleRegistry } from '../testing/all-fixtures.ts';
import { deliveryIndexers } from './deliveries.ts';

it('a record whose schema is fetched first becomes the row of what it was, whatever stands in its bytes by then', async () => {
  const [sample] = (await sampleRecords()).deliveries;
  if (sample === undefined) throw new Error('there is no sample');
  const { topic, key, headers } = sample;
  const recordIn = (value: Buffer): IncomingRecord => {
    const place = { topic, partition: 0, offset: 0n, timestampMs: 0 };
    return { ...place, key, value, headers, sizeBytes: value.length };
  };
  const indexer = deliveryIndexers(createRecordViews({ registry: sampleRegistry })).get(topic);
  const bytes = Buffer.from(sample.value);

  const late = indexer?.(recordIn(bytes));
  bytes.fill(0);
  const row = typeof late === 'function' ? await late() : undefined;

  expect(row).toMatchObject({ table: 'delivery' });
  // Its schema is at hand by now.
  expect(row).toEqual(indexer?.(recordIn(sample.value)));
});
