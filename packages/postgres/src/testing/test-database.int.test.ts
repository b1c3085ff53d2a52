import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { createTestDatabase, createTestService, type TestDatabase, type TestService } from './index.ts';

let service: TestService;
let test: TestDatabase;

beforeAll(async () => {
  service = await createTestService('shop', {
    '001-things.sql': `
      CREATE TABLE shop.owner (id text PRIMARY KEY, tenant_id text NOT NULL);
      CREATE TABLE shop.thing (owner_id text NOT NULL REFERENCES shop.owner, tenant_id text NOT NULL);
      SELECT trunkline.isolate_tenants('shop.owner');
      SELECT trunkline.isolate_tenants('shop.thing');
      CREATE FUNCTION shop.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'kept'; END $$;
      CREATE TRIGGER keep BEFORE DELETE ON shop.thing FOR EACH ROW EXECUTE FUNCTION shop.refuse()`,
  });
  test = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
});

afterAll(async () => {
  await test.drop();
  await service.remove();
});

it('empties tables past triggers and foreign keys, and leaves triggers on for whoever comes next', async () => {
  await test.admin(`INSERT INTO shop.owner VALUES ('a', 'tnt_a')`);
  await test.admin(`INSERT INTO shop.thing VALUES ('a', 'tnt_a')`);

  await test.empty('shop.owner', 'shop.thing');

  expect(await test.admin('SELECT id FROM shop.owner')).toEqual([]);
  expect(await test.admin('SELECT owner_id FROM shop.thing')).toEqual([]);
  await test.admin(`INSERT INTO shop.owner VALUES ('b', 'tnt_a')`);
  await test.admin(`INSERT INTO shop.thing VALUES ('b', 'tnt_a')`);
  await expect(test.admin('DELETE FROM shop.thing')).rejects.toThrow('kept');
});
