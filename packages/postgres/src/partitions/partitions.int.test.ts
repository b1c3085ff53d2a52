import { beforeAll, afterAll, describe, expect, inject, it } from 'vitest';

import { migrate } from '../migrate.ts';
import { nameAllTenantsSql } from '../tenants.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from '../testing/index.ts';

const { postgresAdminUrl } = inject('stack');
let services: readonly TestService[];
let test: TestDatabase;

/** A schema that may show all tenants, and has definer functions; and one that may not. */
const tablesOf = (schema: string, more = ''): string => `
  CREATE TABLE ${schema}.fact (at timestamptz NOT NULL, tenant_id text NOT NULL, id uuid) PARTITION BY RANGE (at);
  CREATE INDEX fact_id ON ${schema}.fact USING brin (id uuid_bloom_ops) WITH (pages_per_range = 1);
  SELECT trunkline.isolate_tenants('${schema}.fact');
  SELECT trunkline.open_day('${schema}.fact', '2026-03-01');
  ${more}`;

beforeAll(async () => {
  services = await Promise.all([
    createTestService('journal', {
      '001-fact.sql': tablesOf('journal', `SELECT trunkline.show_all_tenants('journal.fact')`),
    }),
    createTestService('shop', { '001-fact.sql': tablesOf('shop') }),
  ]);
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services });
});
afterAll(async () => {
  await test.drop();
  await Promise.all(services.map((service) => service.remove()));
});

const again = (): Promise<void> => migrate({ adminUrl: postgresAdminUrl, database: test.name, services });

describe('a write-only partition', () => {
  it('takes a COPY of its service, and is read through its parent alone', async () => {
    const database = test.open();
    const rows = Buffer.from('2026-03-01T01:00:00Z\ttnt_a\t\\N\n2026-03-01T02:00:00Z\ttnt_b\t\\N\n');
    await database.transaction([], (tx) => tx.copy('COPY journal.fact_20260301 FROM STDIN', rows));

    const seen = await database.transaction(['tnt_a'], (tx) => tx.query('SELECT tenant_id FROM journal.fact'));

    expect(seen).toEqual([{ tenant_id: 'tnt_a' }]);
    for (const sql of [
      'TABLE journal.fact_20260301',
      'DELETE FROM journal.fact_20260301',
      'COPY journal.fact FROM STDIN',
    ])
      await expect(database.transaction(['tnt_a'], (tx) => tx.query(sql))).rejects.toThrow(
        /permission denied|row-level/,
      );
  });

  it('keeps nothing of a COPY whose rows are wrong, and the connection of its transaction', async () => {
    const database = test.open({ maxConnections: 1 });
    const bad = (tenant: string): Promise<void> =>
      database.transaction([], (tx) =>
        tx.copy('COPY journal.fact_20260301 FROM STDIN', Buffer.from(`2026-03-01T01:00:00Z\t${tenant}\tno uuid\n`)),
      );

    await expect(bad('tnt_x')).rejects.toThrow(/uuid/);

    const seen = await database.transaction(['tnt_x'], (tx) => tx.query('SELECT tenant_id FROM journal.fact'));
    expect(seen).toEqual([]);
  });

  it('whose connection is cut says that Postgres is away', async () => {
    const rows = Buffer.from('2026-03-01T01:00:00Z\ttnt_x\t\\N\n'.repeat(100_000));
    const copying = test.open().transaction([], async (tx) => {
      const [self] = await tx.query<{ readonly pid: number }>('SELECT pg_backend_pid() AS pid');
      await test.admin('SELECT pg_terminate_backend($1)', [self?.pid]);
      await tx.copy('COPY journal.fact_20260301 FROM STDIN', rows);
    });

    await expect(copying).rejects.toMatchObject({ code: 'dependency_unavailable' });
  });

  it('is opened once, by however many at a time, and dropped by its day', async () => {
    await Promise.all(
      Array.from({ length: 4 }, () => test.admin(`SELECT trunkline.open_day('journal.fact', '2026-03-05')`)),
    );
    const [dropped] = await test.admin<{ n: number }>(`SELECT trunkline.drop_days('journal.fact', '2026-03-06') AS n`);

    expect(dropped).toEqual({ n: 2 });
    await test.admin(`SELECT trunkline.open_day('journal.fact', '2026-03-01')`);
  });

  it('has its full ranges summarised and no other', async () => {
    await test.admin(
      `INSERT INTO journal.fact SELECT '2026-03-01T03:00Z', 'tnt_a', gen_random_uuid() FROM generate_series(1, 1000)`,
    );
    const summarise = async (): Promise<number> =>
      (await test.admin<{ n: number }>(`SELECT trunkline.summarise_days('journal.fact') AS n`))[0]?.n ?? -1;

    const [{ pages } = { pages: 0 }] = await test.admin<{ pages: number }>(
      `SELECT (pg_relation_size('journal.fact_20260301') / 8192)::int AS pages`,
    );

    expect(await summarise()).toBe(pages);
    expect(await summarise()).toBe(0);
  });
});

describe('the isolation that migrating proves', () => {
  it.each([
    ['a partition that can be read', 'GRANT SELECT ON shop.fact_20260301 TO pg_monitor'],
    ['a partition that shows a column', 'GRANT SELECT (id) ON shop.fact_20260301 TO pg_monitor'],
    ['a policy for all tenants elsewhere', `SELECT trunkline.show_all_tenants('shop.fact')`],
    [
      'a definer function that is not listed',
      `CREATE FUNCTION shop.open_day() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT 1'`,
    ],
  ])('refuses %s', async (_, sql) => {
    await services[1]?.write('002-leak.sql', sql);

    await expect(again()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/^migration shop\/002-leak\.sql leaves shop\..* without tenant isolation/),
    });
  });

  it.each([
    [
      'a listed one without a search path',
      `CREATE FUNCTION journal.summarise() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'`,
    ],
    [
      'a policy for all tenants with a condition of its own',
      `DROP POLICY all_tenants ON journal.fact; CREATE POLICY all_tenants ON journal.fact TO "<db>_all_tenants" USING (at > '2026-01-01')`,
    ],
    [
      'a policy for all tenants of somebody else',
      `DROP POLICY all_tenants ON journal.fact; CREATE POLICY all_tenants ON journal.fact FOR SELECT TO pg_monitor USING (true)`,
    ],
  ])('refuses in the journal %s', async (_, sql) => {
    await services[1]?.write('002-leak.sql', 'SELECT 1');
    await services[0]?.write('002-leak.sql', sql.replace('<db>', test.name));

    await expect(again()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/^migration journal\/002-leak\.sql leaves journal\..* without tenant isolation/),
    });
  });
});

describe('a transaction for all tenants', () => {
  const read = async (login: string): Promise<number> => {
    const database = test.open({ connectionString: test.urlOf(login), schema: 'journal' });
    return await database.transaction([], async (tx) => {
      await tx.query(nameAllTenantsSql);
      return (await tx.query('SELECT DISTINCT tenant_id FROM journal.fact')).length;
    });
  };

  it('reads every row where its login may become that role, and only then', async () => {
    await test.admin(`INSERT INTO journal.fact VALUES ('2026-03-01T04:00Z', 'tnt_y'), ('2026-03-01T04:00Z', 'tnt_z')`);

    expect(await read('journal')).toBeGreaterThan(1);
    expect(await read('operator')).toBeGreaterThan(1);
    await expect(read('shop')).rejects.toThrow(/permission denied/);
    expect(await test.open().transaction([], (tx) => tx.query('SELECT FROM journal.fact'))).toEqual([]);
  });
});
