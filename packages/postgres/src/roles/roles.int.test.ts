import { randomBytes } from 'node:crypto';

import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { migrate } from '../migrate.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from '../testing/index.ts';
import { withDatabase } from '../urls.ts';
import { sharedTables } from './grants.ts';
import { passwordVariable, roleOfLogin } from './names.ts';

const { postgresAdminUrl } = inject('stack');

const tableOf = (schema: string): string => `
  CREATE TABLE ${schema}.thing (tenant_id text NOT NULL, name text NOT NULL, PRIMARY KEY (tenant_id, name));
  SELECT trunkline.isolate_tenants('${schema}.thing');`;

let services: readonly TestService[];
let test: TestDatabase;

beforeAll(async () => {
  services = await Promise.all([
    createTestService('payments', { '001-thing.sql': tableOf('payments') }),
    createTestService('telephony', { '001-thing.sql': tableOf('telephony') }),
    createTestService('journal', { '001-thing.sql': tableOf('journal') }),
  ]);
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services });
  await test.admin(`INSERT INTO payments.thing VALUES ('tnt_a', 'one'), ('tnt_b', 'one')`);
});
afterAll(async () => {
  await test.drop();
  await Promise.all(services.map((service) => service.remove()));
});

const insufficientPrivilege = '42501';

/** What Postgres says to a statement of this login: `allowed`, or the code of its refusal. */
async function answerTo(login: string, sql: string): Promise<string> {
  const client = new Client({ connectionString: test.urlOf(login) });
  await client.connect();
  try {
    await client.query(sql);
    return 'allowed';
  } catch (error) {
    return (error as { readonly code: string }).code;
  } finally {
    await client.end();
  }
}

describe('the role of a service', () => {
  it.each([
    'SELECT * FROM telephony.thing',
    'SELECT event_id FROM telephony.inbox',
    `INSERT INTO telephony.thing VALUES ('tnt_a', 'x')`,
    'DELETE FROM telephony.inbox',
    'SELECT * FROM trunkline.audit',
    'SELECT * FROM trunkline.migration',
  ])('may not, of what belongs to another: %s', async (sql) => {
    expect(await answerTo('payments', sql)).toBe(insufficientPrivilege);
  });

  it.each([
    'CREATE TABLE payments.mine (a int)',
    'CREATE TABLE public.mine (a int)',
    'CREATE TEMPORARY TABLE mine (a int)',
    'ALTER TABLE payments.thing DISABLE ROW LEVEL SECURITY',
    'DROP POLICY tenants ON payments.thing',
    'TRUNCATE payments.thing',
    'UPDATE payments.inbox SET event_id = event_id',
    'UPDATE payments.inbox SET tenant_id = tenant_id',
    'UPDATE payments.outbox SET value = value',
  ])('may not, in its own schema: %s', async (sql) => {
    expect(await answerTo('payments', sql)).toBe(insufficientPrivilege);
  });

  it.each(['migrator', 'telephony', 'operator'])('may not become <database>_%s', async (other) => {
    expect(await answerTo('payments', `SET ROLE ${test.name}_${other}`)).toBe(insufficientPrivilege);
  });

  it.each([
    'SELECT * FROM payments.thing',
    `UPDATE payments.inbox SET outcome = 'stale'`,
    'SELECT FROM payments.inbox FOR UPDATE',
    'DELETE FROM payments.inbox',
    'SELECT * FROM payments.outbox',
    'DELETE FROM payments.outbox',
    'SELECT * FROM trunkline.inbox_epoch',
    `INSERT INTO trunkline.first_start VALUES ('payments')`,
  ])('may, as its work needs: %s', async (sql) => {
    expect(await answerTo('payments', sql)).toBe('allowed');
  });
});

describe('the role of the operator', () => {
  it('reads every service, under the policy of tenants', async () => {
    const database = test.open({ connectionString: test.urlOf('operator') });

    const rows = await database.transaction(['tnt_b'], (tx) => tx.query('SELECT tenant_id FROM payments.thing'));

    expect(rows).toEqual([{ tenant_id: 'tnt_b' }]);
    expect(await answerTo('operator', 'SELECT * FROM telephony.inbox')).toBe('allowed');
  });

  it('sees that records wait in an outbox, and not what they say', async () => {
    expect(await answerTo('operator', 'SELECT tenant_id, topic, created_at FROM telephony.outbox')).toBe('allowed');
    expect(await answerTo('operator', 'SELECT value FROM telephony.outbox')).toBe(insufficientPrivilege);
    expect(await answerTo('operator', 'SELECT key FROM telephony.outbox')).toBe(insufficientPrivilege);
  });

  it.each(['DELETE FROM payments.thing', 'DELETE FROM payments.inbox', 'UPDATE payments.inbox SET outcome = outcome'])(
    'changes nothing: %s',
    async (sql) => {
      expect(await answerTo('operator', sql)).toBe(insufficientPrivilege);
    },
  );
});

describe('what one service may read of another', () => {
  it('is what one table of the code says, and is granted', async () => {
    expect(sharedTables.map(({ reader, table }) => `${reader} ${table}`)).toEqual([
      'journal *.inbox',
      'journal *.parked',
      'notifications connections.connection',
      'notifications connections.credential',
      'notifications connections.vault_key',
      'connections notifications.refused_connection',
    ]);
    expect(sharedTables.filter(({ reason }) => reason.length < 20)).toEqual([]);
    expect(await answerTo('journal', 'SELECT * FROM payments.inbox')).toBe('allowed');
    expect(await answerTo('journal', 'SELECT event_id, tenant_id FROM payments.parked')).toBe('allowed');
  });

  it.each([
    'SELECT * FROM payments.thing',
    'DELETE FROM payments.inbox',
    // A column that is shared shares no other: what waits there has payloads.
    'SELECT value FROM payments.parked',
  ])('is no more than that: %s', async (sql) => {
    expect(await answerTo('journal', sql)).toBe(insufficientPrivilege);
  });

  it.each([
    ['a table', 'GRANT SELECT ON payments.thing TO <database>_telephony'],
    ['a column', 'GRANT SELECT (name) ON payments.thing TO <database>_telephony'],
    ['everybody', 'GRANT SELECT ON payments.thing TO PUBLIC'],
    ['a schema', 'GRANT CREATE ON SCHEMA payments TO <database>_operator'],
    ['more than reading', 'GRANT DELETE ON payments.inbox TO <database>_journal'],
  ])('is refused to the next migration when somebody grants more: %s', async (_, grant) => {
    const sql = grant.replace('<database>', test.name);
    await test.admin(sql);

    const again = migrate({ adminUrl: postgresAdminUrl, database: test.name, services });

    await expect(again).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('belongs to the service payments alone'),
    });
    await test.admin(sql.replace('GRANT', 'REVOKE').replace(' TO ', ' FROM '));
  });
});

describe('the password of a role', () => {
  const again = (options: { readonly password: string; readonly setPasswords?: boolean }): Promise<void> =>
    migrate({
      adminUrl: postgresAdminUrl,
      database: test.name,
      services,
      passwords: { payments: options.password },
      setPasswords: options.setPasswords ?? false,
    });
  const other = randomBytes(12).toString('hex');

  it('is left as it is when another one is given, and the refusal says how to share the database', async () => {
    await expect(again({ password: other })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        new RegExp(`${roleOfLogin(test.name, 'payments')}.*${passwordVariable('payments')}.*--set-passwords`),
      ),
    });
    expect(await answerTo('payments', 'SELECT')).toBe('allowed');
  });

  it('is not missed when the same one is given', async () => {
    const password = new URL(test.urlOf('payments')).password;

    await again({ password });

    expect(await answerTo('payments', 'SELECT')).toBe('allowed');
  });

  it('is replaced when that is asked for', async () => {
    const password = new URL(test.urlOf('payments')).password;

    await again({ password: other, setPasswords: true });
    const refused = answerTo('payments', 'SELECT');
    await expect(refused).rejects.toMatchObject({ code: '28P01' });

    await again({ password, setPasswords: true });
    expect(await answerTo('payments', 'SELECT')).toBe('allowed');
  });
});

describe('two installations on one server', () => {
  it('have roles of their own, so that migrating one leaves the other as it is', async () => {
    const second = await createTestDatabase({ adminUrl: postgresAdminUrl, services });
    try {
      expect(second.urlOf('payments')).not.toBe(test.urlOf('payments'));
      expect(await answerTo('payments', 'SELECT * FROM payments.thing')).toBe('allowed');

      const intruder = new Client({
        connectionString: withDatabase(test.urlOf('payments'), second.name),
      });
      await expect(intruder.connect()).rejects.toMatchObject({ code: insufficientPrivilege });
      await intruder.end();
    } finally {
      await second.drop();
    }
  });
});

describe('a database whose roles were those of the whole server', () => {
  it('is taken over by its own: they own and see everything, the earlier ones nothing', async () => {
    const service = await createTestService('shop', { '001-thing.sql': tableOf('shop') });
    const old = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
    const migrator = `${old.name}_migrator`;
    try {
      await old.admin(
        `DO $$ BEGIN CREATE ROLE trunkline_migrator NOLOGIN BYPASSRLS; EXCEPTION WHEN duplicate_object THEN END $$`,
      );
      await old.admin(`DO $$ BEGIN CREATE ROLE trunkline_app NOLOGIN; EXCEPTION WHEN duplicate_object THEN END $$`);
      await old.admin(`REASSIGN OWNED BY ${migrator} TO trunkline_migrator`);
      await old.admin(`GRANT USAGE ON SCHEMA shop TO trunkline_app; GRANT SELECT ON shop.thing TO trunkline_app`);
      await old.admin(`GRANT CONNECT ON DATABASE ${old.name} TO trunkline_app`);

      await migrate({ adminUrl: postgresAdminUrl, database: old.name, services: [service] });

      expect(
        await old.admin(`SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('shop', 'trunkline')`),
      ).toEqual([{ owner: migrator }]);
      expect(
        await old.admin(`SELECT has_schema_privilege('trunkline_app', 'shop', 'USAGE') AS uses,
          has_table_privilege('trunkline_app', 'shop.thing', 'SELECT') AS reads,
          has_database_privilege('trunkline_app', '${old.name}', 'CONNECT') AS connects`),
      ).toEqual([{ uses: false, reads: false, connects: false }]);
    } finally {
      await old.drop();
      await service.remove();
    }
  });
});
