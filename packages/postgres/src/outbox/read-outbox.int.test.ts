import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { CopyBuffer } from '../copy-out.ts';
import type { Database } from '../database.ts';
import { outboxShards } from '../framework/outbox-table.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from '../testing/index.ts';
import type { Transaction } from '../transaction.ts';
import { addToOutbox, type OutboxRow, shardOf } from './add-to-outbox.ts';
import { readWaitingRows, removeFromOutbox, takeShards, type WaitingRow } from './read-outbox.ts';

let service: TestService;
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  service = await createTestService('shop', {});
  test = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
  // What is prepared on the one connection is what the next turn runs.
  database = test.open({ maxConnections: 1 });
});
beforeEach(() => test.admin('TRUNCATE shop.outbox'));
afterAll(async () => {
  await test.drop();
  await service.remove();
});

const all = { withoutKeys: [], maxTenants: 100, maxRows: 100, into: new CopyBuffer(1_000_000) };
const shard = shardOf({ topic: 'notifications.request.v1', key: Buffer.from('a') });

describe('a turn', () => {
  it('gives each row as it was written', async () => {
    const rows = [
      row({ value: Buffer.from([0, 255, 92, 39, 34]), headers: { ce_id: 'x "quoted" \\ {1,2} é' } }),
      row({ value: Buffer.alloc(0), headers: {} }),
      row({ value: Buffer.alloc(3_000, 'large enough to be stored beside the row'), tenantId: 'tnt_"b,' }),
    ];
    await add(rows);

    const found = await turn();

    const records = [found, rows].map((side) =>
      side.map(({ recordId, topic, key, value, headers }) => ({ recordId, topic, key, value, headers })),
    );
    expect(records[0]).toEqual(expect.arrayContaining(records[1] ?? []));
    expect(found).toHaveLength(3);
  });

  it('removes what it is told to, and leaves the others', async () => {
    const rows = Array.from({ length: 5 }, () => row());
    await add(rows);

    await turn({ removes: (found) => found.slice(1, 3) });

    const left = await test.admin<{ record_id: string }>('SELECT record_id FROM shop.outbox ORDER BY id');
    expect(left.map(({ record_id }) => record_id)).toEqual([0, 3, 4].map((index) => rows[index]?.recordId));
  });

  it('goes on after any tenant, and passes over any key', async () => {
    const awkward = `tnt_'"\\,{}$1é`;
    const passedOver = Buffer.from([0, 255, 92, 39, 34, 44, 125]);
    const last = row({ tenantId: `${awkward}z` });
    await add([row({ tenantId: awkward }), row({ tenantId: `${awkward}z`, key: passedOver }), last]);

    const { rows } = await database.transaction([], (tx) =>
      readWaitingRows(tx, {
        ...all,
        shards: Array.from({ length: outboxShards }, (_, each) => ({ shard: each, afterTenant: awkward })),
        withoutKeys: [passedOver],
      }),
    );

    expect(rows.map(({ recordId }) => recordId)).toEqual([last.recordId]);
  });

  it('names those of whom more waits, and goes on with them alone, behind what it has read', async () => {
    const noisy = Array.from({ length: 5 }, () => row());
    await add([...noisy, row({ tenantId: 'tnt_b' })]);
    const more = { ...all, maxRows: 4 };

    const [first, second, last] = await database.transaction([], async (tx) => {
      const one = await readWaitingRows(tx, { ...more, shards: [{ shard, afterTenant: '' }] });
      const two = await readWaitingRows(tx, { ...more, shards: [{ shard, afterTenant: '', goingOn: one.goingOn }] });
      const three = await readWaitingRows(tx, { ...more, shards: [{ shard, afterTenant: '', goingOn: two.goingOn }] });
      return [one, two, three];
    });

    const recordIds = noisy.map(({ recordId }) => recordId);
    expect(first?.goingOn.map(({ tenantId }) => tenantId)).toEqual(['tnt_a']);
    expect(first?.rows.map(({ recordId }) => recordId).slice(0, 2)).toEqual(recordIds.slice(0, 2));
    expect(second?.rows.map(({ recordId }) => recordId)).toEqual(recordIds.slice(2));
    expect(second?.goingOn).toEqual([]);
    expect(last?.rows).toHaveLength(3);
  });

  it('does not remove a row that came to the place of one that somebody else has deleted', async () => {
    const deleted = row();
    await add([deleted]);
    const later = row();

    await database.transaction([], async (tx) => {
      const [found] = await read(tx);
      // What has read them keeps their places until the next statement.
      await tx.query('SELECT 1');
      // Whoever looks at statistics just then keeps the vacuum from clearing the place away.
      await expect.poll(() => movedInto(later.recordId)).toBe(found?.place);
      await removeFromOutbox(tx, found === undefined ? [] : [found]);
    });

    expect(await test.admin('SELECT record_id FROM shop.outbox')).toEqual([{ record_id: later.recordId }]);
  });

  it('reads no more than it removes, also where its statements were planned while nothing waited', async () => {
    await test.admin('VACUUM ANALYZE shop.outbox');
    // From the sixth time on a prepared statement keeps its plan.
    for (let time = 0; time < 8; time += 1) {
      await add([row()]);
      await turn();
    }
    for (let chunk = 0; chunk < 4; chunk += 1) await add(Array.from({ length: 1_000 }, () => row()));
    let touched = Number.NaN;

    await turn({
      maxRows: 10,
      afterwards: async (tx) => {
        const [counts] = await tx.query<{ touched: number }>(
          `SELECT (seq_tup_read + idx_tup_fetch)::int AS touched FROM pg_stat_xact_user_tables WHERE relname = 'outbox'`,
        );
        touched = counts?.touched ?? Number.NaN;
      },
    });

    expect(touched).toBeLessThan(100);
  });
});

/** Deletes all rows behind everybody's back and adds another: where it is stored. */
async function movedInto(recordId: string): Promise<number | undefined> {
  await test.admin('DELETE FROM shop.outbox');
  await test.admin('VACUUM (TRUNCATE false) shop.outbox');
  await test.admin(
    `INSERT INTO shop.outbox (shard, record_id, tenant_id, topic, key, value, headers) VALUES (${shard}, $1, 'tnt_a', 'any', 'a', '', '{}')`,
    [recordId],
  );
  const [added] = await test.admin<{ place: Buffer }>('SELECT tidsend(ctid) AS place FROM shop.outbox');
  return added?.place.readUIntBE(0, 6);
}

interface Turn {
  readonly maxRows?: number;
  readonly removes?: (found: readonly WaitingRow[]) => readonly WaitingRow[];
  readonly afterwards?: (tx: Transaction) => Promise<void>;
}

async function turn({ maxRows, removes = (found) => found, afterwards }: Turn = {}): Promise<readonly WaitingRow[]> {
  return await database.transaction([], async (tx) => {
    const rows = await read(tx, maxRows);
    await removeFromOutbox(tx, removes(rows));
    await afterwards?.(tx);
    return rows;
  });
}

async function read(tx: Transaction, maxRows: number = 100): Promise<readonly WaitingRow[]> {
  await takeShards(tx, [shard]);
  const { rows } = await readWaitingRows(tx, { ...all, shards: [{ shard, afterTenant: '' }], maxRows });
  return rows;
}

async function add(rows: readonly OutboxRow[]): Promise<void> {
  await database.transaction([], (tx) => addToOutbox(tx, rows));
}

function row(overrides: Partial<OutboxRow> = {}): OutboxRow {
  return {
    recordId: randomUUID(),
    tenantId: 'tnt_a',
    topic: 'notifications.request.v1',
    key: Buffer.from('a'),
    value: Buffer.from('a request'),
    headers: {},
    ...overrides,
  };
}
