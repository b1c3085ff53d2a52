import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import type { Database } from '../database.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from '../testing/index.ts';
import { addToOutbox, type OutboxRow } from './add-to-outbox.ts';

const { postgresAdminUrl } = inject('stack');
let service: TestService;
let test: TestDatabase;
let database: Database;

beforeEach(async () => {
  service = await createTestService('shop', {});
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
  database = test.open();
});
afterEach(async () => {
  await test.drop();
  await service.remove();
});

describe('adding to the outbox', () => {
  it('keeps the record as it was given', async () => {
    const given = row('a', { value: Buffer.from([0, 255, 92, 39]), headers: { ce_id: 'x "quoted" \\ {1,2}' } });

    await database.transaction(['tnt_a'], (tx) => addToOutbox(tx, [given]));

    expect(await test.admin('SELECT * FROM shop.outbox')).toEqual([
      {
        id: expect.any(String),
        shard: expect.any(Number),
        record_id: given.recordId,
        tenant_id: given.tenantId,
        topic: given.topic,
        key: given.key,
        value: given.value,
        headers: given.headers,
        created_at: expect.any(Date),
      },
    ]);
  });

  it('draws the ids of a key in the order of its rows, and lays the rows of a shard beside each other', async () => {
    const rows = Array.from({ length: 1_000 }, (_, index) =>
      row(`key ${index % 40}`, { tenantId: `tnt_${index % 3}`, value: Buffer.of(index % 256) }),
    );

    await database.transaction(['tnt_a'], (tx) => addToOutbox(tx, rows));

    const added = await test.admin<{ id: string; record_id: string; key: Buffer; shard: number }>(
      'SELECT id, record_id, key, shard FROM shop.outbox ORDER BY ctid',
    );
    const shards = added.map(({ shard }) => shard);
    expect(shards).toEqual(shards.toSorted((a, b) => a - b));
    const idsOf = (key: string): readonly string[] =>
      added
        .filter((other) => other.key.toString() === key)
        .toSorted((a, b) => Number(a.id) - Number(b.id))
        .map(({ record_id }) => record_id);
    for (const [key, own] of Map.groupBy(rows, (other) => other.key.toString()))
      expect(idsOf(key)).toEqual(own.map(({ recordId }) => recordId));
  });

  it('leaves a record that is waiting already as it is', async () => {
    const first = row('a', { value: Buffer.from('first') });
    await database.transaction(['tnt_a'], (tx) => addToOutbox(tx, [first]));

    await database.transaction(['tnt_a'], (tx) => addToOutbox(tx, [{ ...first, value: Buffer.from('again') }]));

    expect(await test.admin('SELECT value FROM shop.outbox')).toEqual([{ value: first.value }]);
  });

  it('is undone with its transaction', async () => {
    const failing = database.transaction(['tnt_a'], async (tx) => {
      await addToOutbox(tx, [row('a')]);
      throw new Error('the effect failed');
    });

    await expect(failing).rejects.toThrow('the effect failed');
    expect(await test.admin('SELECT FROM shop.outbox')).toEqual([]);
  });

  it('puts all records of a key on one shard, and many keys on all of them', async () => {
    const rows = Array.from({ length: 800 }, (_, index) => row(`key ${index % 200}`));

    await database.transaction(['tnt_a'], (tx) => addToOutbox(tx, rows));

    const [found] = await test.admin<{ most: number; shards: number }>(`
      SELECT max(shards)::int AS most, (SELECT count(DISTINCT shard)::int FROM shop.outbox) AS shards
      FROM (SELECT count(DISTINCT shard) AS shards FROM shop.outbox GROUP BY key) AS keys`);
    expect(found).toEqual({ most: 1, shards: 16 });
  });
});

function row(key: string, overrides: Partial<OutboxRow> = {}): OutboxRow {
  return {
    recordId: randomUUID(),
    tenantId: 'tnt_a',
    topic: 'notifications.request.v1',
    key: Buffer.from(key),
    value: Buffer.from('a request'),
    headers: {},
    ...overrides,
  };
}
