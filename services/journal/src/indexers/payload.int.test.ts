import { createDigest } from '@trunkline/addresses';
import { publishedRequest } from '@trunkline/consumer/testing';
import { isRequestId } from '@trunkline/core';
import { createEventCodec, createRecordViews, type EncodedRecord, headerName } from '@trunkline/events';
import { createJournalWriter, findRequestPlaces, type JournalRow, type TenantScope } from '@trunkline/journal';
import { createJournalDatabase } from '@trunkline/journal/testing';
import type { IncomingRecord } from '@trunkline/kafka';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { installationKey, sampleRecords, type SampleRecords, sampleRegistry } from '../testing/all-fixtures.ts';
import { deliveryIndexers } from './deliveries.ts';
import { eventIndexers } from './events.ts';
import { requestIndexers } from './requests.ts';

const { postgresAdminUrl } = inject('stack');
let test: TestDatabase;
let samples: SampleRecords;
let rows: readonly JournalRow[];

beforeAll(async () => {
  test = await createJournalDatabase(postgresAdminUrl);
  samples = await sampleRecords();
  const views = createRecordViews({ registry: sampleRegistry });
  const indexers = new Map([...eventIndexers(views, createDigest(installationKey)), ...deliveryIndexers(views)]);
  const made: JournalRow[] = [];
  for (const [index, record] of [...samples.deliveries, ...samples.events].entries()) {
    const row = indexers.get(record.topic)?.(incoming(record, index));
    if (row !== undefined) made.push(typeof row === 'function' ? await row() : row);
  }
  rows = made;
  await createJournalWriter(test.open(), Date.now).write(rows);
});
afterAll(() => test?.drop());

function incoming({ topic, key, value, headers }: EncodedRecord, index: number): IncomingRecord {
  return {
    topic,
    partition: 0,
    offset: BigInt(index),
    timestampMs: Date.now(),
    key,
    value,
    headers,
    sizeBytes: value.length,
  };
}

/** All that stands in the tables of the journal, as text. */
async function everythingIndexed(): Promise<string> {
  const tables = await test.admin<{ readonly name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class
     WHERE relnamespace = 'journal'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`,
  );
  const texts = await Promise.all(
    tables.map(({ name }) =>
      test.admin<{ text: string | null }>(`SELECT string_agg(t::text, E'\\n') AS text FROM ${name} t`),
    ),
  );
  return texts.map(([found]) => found?.text ?? '').join('\n');
}

describe('the index of requests', () => {
  it('finds one by its id, each record of it, and holds nothing of what it asks for', async () => {
    const codec = await createEventCodec({ registry: sampleRegistry, topics: ['notifications.request.v1'] });
    const asked = publishedRequest(codec, { name: 'the words of a request' });
    const indexer = requestIndexers(createRecordViews({ registry: sampleRegistry })).get(asked.topic);
    const requestId = asked.headers[headerName.id] ?? '';
    if (!isRequestId(requestId) || asked.value === null) throw new Error('the sample is no request');
    const records = [3n, 7n].map((offset) => ({
      ...incoming({ ...asked, value: asked.value ?? Buffer.alloc(0) }, 0),
      offset,
    }));
    const database = test.open();
    const made: JournalRow[] = [];
    for (const record of records) {
      const row = indexer?.(record);
      if (row !== undefined) made.push(typeof row === 'function' ? await row() : row);
    }

    await createJournalWriter(database, Date.now).write(made);

    const placesFor = (scope: TenantScope) => findRequestPlaces(database, { scope, requestId });
    const places = await placesFor('all');
    expect(places.map(({ topic, offset }) => [topic, offset])).toEqual([3n, 7n].map((offset) => [asked.topic, offset]));
    expect([await placesFor(['tnt_b']), (await placesFor(['tnt_a'])).length]).toEqual([[], 2]);
    expect(await everythingIndexed()).not.toContain('the words of a request');
  });
});

describe('the index of every sample of every provider', () => {
  it('has a row for each event, and none that could not be read', async () => {
    const [stored] = await test.admin('SELECT count(*)::int AS n FROM journal.event');

    expect(stored).toEqual({ n: samples.events.length });
    expect(rows.filter(({ table }) => table === 'unreadable')).toEqual([]);
    expect(samples.events.length).toBeGreaterThan(100);
  });

  it('holds nothing of their bodies, headers and fields but what their envelopes say', async () => {
    const indexed = await everythingIndexed();

    expect(samples.payload.size).toBeGreaterThan(500);
    expect([...samples.payload].filter((text) => indexed.includes(text))).toEqual([]);
  });

  it('holds no mail address and no telephone number, whoever takes one for an id', async () => {
    const indexed = await everythingIndexed();

    expect(indexed.match(/[\w.+-]+@[\w-]+\.\w+/g) ?? []).toEqual([]);
    expect(indexed.match(/\+\d{8,15}\b/g) ?? []).toEqual([]);
  });
});
