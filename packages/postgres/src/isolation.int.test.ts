import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import type { Database } from './database.ts';
import { nameTenantsSql } from './tenants.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from './testing/index.ts';

const { postgresAdminUrl } = inject('stack');
let service: TestService;
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  service = await createTestService('shop', {
    '001-thing.sql': `
      CREATE TABLE shop.thing (tenant_id text NOT NULL, name text NOT NULL, PRIMARY KEY (tenant_id, name));
      SELECT trunkline.isolate_tenants('shop.thing');`,
  });
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
  database = test.open({ maxConnections: 1 });
  await test.admin(`INSERT INTO shop.thing VALUES ('tnt_a', 'one'), ('tnt_b', 'one'), ('tnt_c', 'one')`);
});
afterAll(async () => {
  await test.drop();
  await service.remove();
});

const seenBy = (tenants: readonly string[]): Promise<readonly string[]> =>
  database.transaction(tenants, async (tx) => {
    const rows = await tx.query<{ readonly tenant_id: string }>('SELECT tenant_id FROM shop.thing ORDER BY 1');
    return rows.map((row) => row.tenant_id);
  });

describe('a transaction of a service', () => {
  it('that names no tenant sees no rows, on a new connection and on a used one', async () => {
    const onNewConnection = await seenBy([]);
    await seenBy(['tnt_a']);
    const onUsedConnection = await seenBy([]);

    expect({ onNewConnection, onUsedConnection }).toEqual({ onNewConnection: [], onUsedConnection: [] });
  });

  it('leaves no name behind on its connection', async () => {
    const client = new Client({ connectionString: test.appUrl });
    await client.connect();
    const count = async (): Promise<number | null> => (await client.query('SELECT FROM shop.thing')).rowCount;

    await client.query('BEGIN');
    await client.query(nameTenantsSql('tnt_a'));
    const inside = await count();
    await client.query('COMMIT');
    const after = await count();
    await client.end();

    expect({ inside, after }).toEqual({ inside: 1, after: 0 });
  });

  it('sees the rows of the tenants it names and of no other', async () => {
    expect(await seenBy(['tnt_a'])).toEqual(['tnt_a']);
    expect(await seenBy(['tnt_c', 'tnt_a'])).toEqual(['tnt_a', 'tnt_c']);
  });

  it('cannot write a row of a tenant it does not name', async () => {
    const writing = database.transaction(['tnt_a'], (tx) => tx.query(`INSERT INTO shop.thing VALUES ('tnt_b', 'two')`));

    await expect(writing).rejects.toThrow(/row-level security/);
  });

  it('changes and deletes nothing of a tenant it does not name', async () => {
    const touched = await database.transaction(['tnt_a'], async (tx) => [
      ...(await tx.query(`UPDATE shop.thing SET name = 'x' WHERE tenant_id = 'tnt_b' RETURNING 1`)),
      ...(await tx.query(`DELETE FROM shop.thing WHERE tenant_id = 'tnt_b' RETURNING 1`)),
    ]);

    expect(touched).toEqual([]);
  });
});
