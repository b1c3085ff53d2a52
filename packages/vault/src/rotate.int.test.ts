import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

import type { Database } from '@trunkline/postgres';
import {
  createTestDatabase,
  createTestService,
  type TestDatabase,
  type TestService,
} from '@trunkline/postgres/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { type KeyList, keyUses, readKeyList, rotateKeys, vaultKeyTableSql } from './index.ts';
import { createVault, type Vault } from './vault.ts';

const { postgresAdminUrl } = inject('stack');
const keys = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const listOf = (order: readonly number[]): KeyList =>
  readKeyList(
    order.map((index) => `k${index}:env:${index}`).join(','),
    (reference) => keys[Number(reference.slice(4))],
  );
const [before, during] = [listOf([0]), listOf([1, 0])];
/** Three batches. */
const rows = 1_200;

let service: TestService;
let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  service = await createTestService('shop', {
    '001-vault.sql': `${vaultKeyTableSql('shop')}
CREATE TABLE shop.credential (owner text PRIMARY KEY, tenant_id text NOT NULL, sealed bytea NOT NULL);
SELECT trunkline.isolate_tenants('shop.credential');`,
  });
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
  database = test.open();
});
afterAll(async () => {
  await test.drop();
  await service.remove();
});
beforeEach(() => fill(createVault(before)));

const placeOf = (index: number) => ({ tenantId: `tnt_${index % 3}`, owner: `con_${index}`, generation: index % 5 });
const secretOf = (index: number) => `marker-of-${index}`;

async function fill(vault: Vault): Promise<void> {
  const made = Array.from({ length: rows }, (_, index) => ({
    ...placeOf(index),
    ...vault.seal(placeOf(index), { access: secretOf(index) }),
  }));
  await test.empty('shop.vault_key', 'shop.credential');
  await test.admin(
    `INSERT INTO shop.vault_key SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bytea[])`,
    [
      made.map(({ owner }) => owner),
      made.map(({ tenantId }) => tenantId),
      made.map(({ generation }) => generation),
      made.map(({ key }) => key.kekId),
      made.map(({ key }) => key.dekWrapped),
    ],
  );
  await test.admin(`INSERT INTO shop.credential SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])`, [
    made.map(({ owner }) => owner),
    made.map(({ tenantId }) => tenantId),
    made.map(({ sealed }) => sealed.access),
  ]);
}

/** How many of the secrets open, each at its place. */
async function opened(vault: Vault): Promise<number> {
  const found = await test.admin<{ owner: string; kek_id: string; dek_wrapped: Buffer; sealed: Buffer }>(
    'SELECT owner, kek_id, dek_wrapped, sealed FROM shop.vault_key JOIN shop.credential USING (owner)',
  );
  return found.filter(({ owner, kek_id: kekId, dek_wrapped: dekWrapped, sealed }) => {
    const index = Number(owner.slice(4));
    return vault.open(placeOf(index), { kekId, dekWrapped }, { name: 'access', sealed }) === secretOf(index);
  }).length;
}

/** Rotates in a process of its own, which is killed when it has committed so many batches. */
async function rotateAndKill(afterBatches: number): Promise<void> {
  const child = fork(new URL('testing/rotating.ts', import.meta.url), {
    execArgv: ['--conditions=@trunkline/source'],
    env: { ...process.env, DATABASE_URL: test.appUrl, VAULT_KEY_0: keys[0], VAULT_KEY_1: keys[1] },
  });
  let batches = 0;
  child.on('message', () => {
    batches += 1;
    if (batches >= afterBatches) child.kill('SIGKILL');
  });
  await once(child, 'exit');
}

describe('the rotation', () => {
  it('brings every row under the newest key, so that the old one may go', async () => {
    const rewrapped = await rotateKeys({ database, keys: during, vault: createVault(during) });

    expect(rewrapped).toBe(rows);
    expect(await keyUses(database, during)).toMatchObject([
      { name: 'k1', rows, isCurrent: true },
      { name: 'k0', rows: 0, isCurrent: false },
    ]);
    expect(await opened(createVault(listOf([1])))).toBe(rows);
  });

  it('that is killed again and again leaves every secret openable, and goes on where it was', async () => {
    for (const batches of [1, 1]) {
      await rotateAndKill(batches);
      expect(await opened(createVault(during))).toBe(rows);
    }
    await rotateKeys({ database, keys: during, vault: createVault(during) });

    expect(await opened(createVault(listOf([1])))).toBe(rows);
  });

  it('leaves a damaged key as it is, and keeps no other from the new one', async () => {
    await test.admin(`UPDATE shop.vault_key SET dek_wrapped = '\\x00' WHERE owner = 'con_0'`);

    const rewrapped = await rotateKeys({ database, keys: during, vault: createVault(during) });

    expect(rewrapped).toBe(rows - 1);
    expect(await keyUses(database, during)).toMatchObject([
      { name: 'k1', rows: rows - 1 },
      { name: 'k0', rows: 1 },
    ]);
  });

  it('names the key that rows need and the list has not', async () => {
    const alone = listOf([1]);

    await expect(rotateKeys({ database, keys: alone, vault: createVault(alone) })).rejects.toThrow(
      /add the key to the end of the list/,
    );
    expect(await keyUses(database, alone)).toContainEqual({
      kekId: before.current.id,
      name: undefined,
      rows,
      isCurrent: false,
    });
  });

  it('shows no secret to the database', async () => {
    await rotateKeys({ database, keys: during, vault: createVault(during) });

    const [dump] = await test.admin<{ has: boolean }>(
      `SELECT bool_or(position('\\x6d61726b65722d6f662d'::bytea in sealed) > 0) AS has FROM shop.credential`,
    );
    const activity = await test.admin<{ query: string }>(
      'SELECT query FROM pg_stat_activity WHERE datname = current_database()',
    );
    expect(dump?.has).toBe(false);
    expect(activity.filter(({ query }) => query.includes('marker-of'))).toEqual([]);
  });
});
