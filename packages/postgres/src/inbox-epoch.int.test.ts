import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import type { Database } from './database.ts';
import { readInboxEpoch } from './inbox-epoch.ts';
import { migrate } from './migrate.ts';
import { roleOfLogin } from './roles/names.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from './testing/index.ts';

const { postgresAdminUrl } = inject('stack');

let shop: TestService;
let bank: TestService;
let test: TestDatabase;
let database: Database;

beforeEach(async () => {
  shop = await createTestService('shop', {});
  bank = await createTestService('bank', {});
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [shop, bank] });
  database = test.open();
});
afterEach(async () => {
  await test.drop();
  await Promise.all([shop.remove(), bank.remove()]);
});

const services = (): readonly TestService[] => [shop, bank];

describe('the epoch of an inbox', () => {
  it('stays the same while the inbox does, whatever is migrated and written', async () => {
    const before = await readInboxEpoch(database);

    await shop.write('001-a.sql', 'SELECT 1');
    await migrate({ adminUrl: postgresAdminUrl, database: test.name, services: services() });
    await test.admin(`INSERT INTO shop.inbox VALUES
      (gen_random_uuid(), 'tnt_a', 'applied', 't', 0, 1, 'main', 1, 0, NULL, gen_random_uuid())`);

    expect(await readInboxEpoch(database)).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it('is one per service', async () => {
    const other = test.open({ schema: 'bank' });

    expect(await readInboxEpoch(other)).not.toBe(await readInboxEpoch(database));
  });

  it.each([
    ['is emptied', 'TRUNCATE shop.inbox'],
    [
      'is made anew',
      'CREATE TABLE shop.copy (LIKE shop.inbox); DROP TABLE shop.inbox; ALTER TABLE shop.copy RENAME TO inbox',
    ],
    ['is said to be another', 'UPDATE trunkline.inbox_epoch SET epoch = gen_random_uuid()'],
  ])('is another when the inbox %s', async (_, sql) => {
    const before = await readInboxEpoch(database);

    await test.admin(sql);

    expect(await readInboxEpoch(database)).not.toBe(before);
  });

  it('cannot be changed by the service', async () => {
    const change = database.transaction([], (tx) => tx.query('UPDATE trunkline.inbox_epoch SET epoch = epoch'));

    await expect(change).rejects.toThrow('permission denied');
  });

  it.each([
    ['has no table of epochs', 'DROP TABLE trunkline.inbox_epoch'],
    ['does not know the service', 'DELETE FROM trunkline.inbox_epoch'],
    ['keeps the service out', 'REVOKE USAGE ON SCHEMA trunkline FROM <role>'],
  ])('is asked to be migrated where the database %s', async (_, sql) => {
    await test.admin(sql.replace('<role>', roleOfLogin(test.name, 'shop')));

    await expect(readInboxEpoch(database)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('npx trunkline migrate'),
    });
  });

  it('is not there while Postgres is away', async () => {
    await test.takeDown();

    await expect(readInboxEpoch(database)).rejects.toMatchObject({ code: 'dependency_unavailable' });
  });
});
