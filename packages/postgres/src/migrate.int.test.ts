import { randomBytes } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import { frameworkMigrations } from './framework/migrations.ts';
import { migrate, migrationStatus } from './migrate.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from './testing/index.ts';

const { postgresAdminUrl } = inject('stack');
const first = `CREATE TABLE shop.thing (tenant_id text PRIMARY KEY); SELECT trunkline.isolate_tenants('shop.thing');`;

let service: TestService;
let test: TestDatabase;

beforeEach(async () => {
  service = await createTestService('shop', { '001-thing.sql': first });
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
});
afterEach(async () => {
  await test.drop();
  await service.remove();
});

const again = (): Promise<void> => migrate({ adminUrl: postgresAdminUrl, database: test.name, services: [service] });

describe('migrating', () => {
  it('changes nothing the second time', async () => {
    const applied: string[] = [];

    await migrate({
      adminUrl: postgresAdminUrl,
      database: test.name,
      services: [service],
      onProgress: (line) => applied.push(line),
    });

    expect(applied).toEqual([]);
    expect(await migrationStatus({ adminUrl: postgresAdminUrl, database: test.name, services: [service] })).toEqual([
      ...frameworkMigrations.map(({ name }) => ({ schema: 'shop', name, state: 'applied' })),
      { schema: 'shop', name: '001-thing.sql', state: 'applied' },
    ]);
  });

  it('refuses an applied file that was changed, and names it', async () => {
    await service.write('001-thing.sql', `${first} -- better`);

    await expect(again()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('shop/001-thing.sql'),
    });
  });

  it('refuses a new file that sorts before an applied one', async () => {
    await service.write('003-late.sql', 'SELECT 1');
    await again();
    await service.write('002-early.sql', 'SELECT 1');

    await expect(again()).rejects.toMatchObject({ message: expect.stringContaining('shop/002-early.sql') });
  });

  it('gives an old installation the tables of the framework that came later', async () => {
    await test.admin('DROP TABLE shop.alert, shop.notice, shop.outbox, shop.blocked_key, shop.parked');
    await test.admin('ALTER TABLE shop.inbox ALTER COLUMN delivery_id SET NOT NULL');
    await test.admin(`DELETE FROM trunkline.migration WHERE starts_with(name, '000.')`);

    await again();

    expect(await test.admin(`SELECT to_regclass('shop.outbox') IS NOT NULL AS outbox`)).toEqual([{ outbox: true }]);
    expect(
      await test.admin(`SELECT attnotnull AS needed FROM pg_attribute
        WHERE attrelid = 'shop.inbox'::regclass AND attname = 'delivery_id'`),
    ).toEqual([{ needed: false }]);
  });

  it('leaves nothing of a file that fails, and names it', async () => {
    await service.write('002-broken.sql', 'CREATE TABLE shop.half (a int); SELECT nonsense');

    await expect(again()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('shop/002-broken.sql'),
    });
    expect(await test.admin(`SELECT to_regclass('shop.half') AS half`)).toEqual([{ half: null }]);
  });

  it.each([
    ['a table without a policy', 'CREATE TABLE shop.bare (tenant_id text)'],
    ['a view that reads with its owner’s rights', 'CREATE VIEW shop.peek AS SELECT * FROM shop.thing'],
    ['a second policy that opens the table', `CREATE POLICY all_rows ON shop.thing USING (true)`],
    [
      'a policy that only looks like ours',
      `ALTER POLICY tenants ON shop.thing USING (true OR current_setting('trunkline.tenants') IS NULL)`,
    ],
    ['a policy that lets anything be written', 'ALTER POLICY tenants ON shop.thing WITH CHECK (true)'],
    [
      'our policy for some roles only',
      `DROP POLICY tenants ON shop.thing; CREATE TABLE shop.other (tenant_id text);
       SELECT trunkline.isolate_tenants('shop.other');
       ALTER POLICY tenants ON shop.other TO pg_monitor; SELECT trunkline.isolate_tenants('shop.thing')`,
    ],
    ['a table that only has the name of an exempt one', 'CREATE TABLE shop.inbox_2 (tenant_id text)'],
    ['a materialized view', 'CREATE MATERIALIZED VIEW shop.peek AS SELECT * FROM shop.thing'],
    [
      'a function with its owner’s rights',
      `CREATE FUNCTION shop.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM shop.thing'`,
    ],
    ['a table that no longer forces its policy', 'ALTER TABLE shop.thing NO FORCE ROW LEVEL SECURITY'],
  ])('refuses %s', async (_, sql) => {
    await service.write('002-leak.sql', sql);

    await expect(again()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('isolation'),
    });
  });

  it('may run from several processes at once', async () => {
    await service.write('002-more.sql', 'CREATE INDEX more ON shop.thing (tenant_id)');

    await Promise.all([again(), again(), again()]);

    expect(await test.admin(`SELECT count(*)::int AS n FROM trunkline.migration WHERE schema = 'shop'`)).toEqual([
      { n: frameworkMigrations.length + 2 },
    ]);
  });

  it('says what is pending where there is no database yet, and creates none', async () => {
    const nowhere = `trunkline_test_${randomBytes(6).toString('hex')}`;

    const states = await migrationStatus({ adminUrl: postgresAdminUrl, database: nowhere, services: [service] });

    expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['pending']));
    expect(await test.admin('SELECT 1 FROM pg_database WHERE datname = $1', [nowhere])).toEqual([]);
  });
});
