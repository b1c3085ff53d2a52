import { randomBytes } from 'node:crypto';

import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import { migrate, migrationStatus } from './migrate.ts';
import { scramVerifier } from './roles.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from './testing/index.ts';
import { withDatabase, withLogin } from './urls.ts';

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
      { schema: 'shop', name: '000-inbox.sql', state: 'applied' },
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
      { n: 3 },
    ]);
  });

  it('says what is pending where there is no database yet, and creates none', async () => {
    const nowhere = `trunkline_test_${randomBytes(6).toString('hex')}`;

    const states = await migrationStatus({ adminUrl: postgresAdminUrl, database: nowhere, services: [service] });

    expect(states.map(({ state }) => state)).toEqual(['pending', 'pending']);
    expect(await test.admin('SELECT 1 FROM pg_database WHERE datname = $1', [nowhere])).toEqual([]);
  });
});

describe('trunkline_app', () => {
  it('owns nothing and can define nothing', async () => {
    const client = new Client({ connectionString: test.appUrl });
    await client.connect();
    const attempt = (sql: string): Promise<unknown> =>
      client.query(sql).then(
        () => 'allowed',
        (error) => error.code,
      );

    const answers = {
      role: (await client.query('SELECT current_user AS name')).rows[0]?.name,
      create: await attempt('CREATE TABLE shop.mine (a int)'),
      createPublic: await attempt('CREATE TABLE public.mine (a int)'),
      temporary: await attempt('CREATE TEMPORARY TABLE mine (a int)'),
      alter: await attempt('ALTER TABLE shop.thing DISABLE ROW LEVEL SECURITY'),
      truncate: await attempt('TRUNCATE shop.thing'),
      dropPolicy: await attempt('DROP POLICY tenants ON shop.thing'),
      journal: await attempt('SELECT * FROM trunkline.migration'),
      become: await attempt('SET ROLE trunkline_migrator'),
    };
    await client.end();

    const { role, ...refused } = answers;
    expect(role).toBe('trunkline_app');
    expect(new Set(Object.values(refused))).toEqual(new Set(['42501'])); // insufficient_privilege
  });

  it('logs in with a password that no statement contained', async () => {
    const password = randomBytes(12).toString('hex');
    const login = `${test.name}_scram`;
    await test.admin(`CREATE ROLE ${login} LOGIN PASSWORD '${scramVerifier(password)}' IN ROLE trunkline_app`);

    const client = new Client({
      connectionString: withLogin(withDatabase(postgresAdminUrl, test.name), login, password),
    });
    const connected = await client.connect().then(
      () => true,
      (error: Error) => error.message,
    );
    await client.end();
    await test.admin(`DROP ROLE ${login}`);

    expect(connected).toBe(true);
  });
});
