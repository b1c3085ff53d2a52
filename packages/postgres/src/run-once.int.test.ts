import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { createTestDatabase, createTestService, type TestDatabase, type TestService } from './testing/index.ts';
import type { Transaction } from './transaction.ts';

const { postgresAdminUrl } = inject('stack');
let service: TestService;
let test: TestDatabase;

beforeAll(async () => {
  service = await createTestService('shop', {
    '001-counter.sql': `
      CREATE TABLE shop.counter (tenant_id text NOT NULL, name text NOT NULL, value int NOT NULL, PRIMARY KEY (tenant_id, name));
      SELECT trunkline.isolate_tenants('shop.counter');`,
  });
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
});
afterAll(async () => {
  await test.drop();
  await service.remove();
});
beforeEach(async () => {
  await test.admin(`DELETE FROM shop.counter`);
  await test.admin(`INSERT INTO shop.counter VALUES ('tnt_a', 'x', 0), ('tnt_a', 'y', 0)`);
});

const value = async (name: string): Promise<unknown> =>
  (await test.admin<{ value: number }>('SELECT value FROM shop.counter WHERE name = $1', [name]))[0]?.value;
const add = (tx: Transaction, name: string): Promise<unknown> =>
  tx.query('UPDATE shop.counter SET value = value + 1 WHERE name = $1', [name]);

describe('a transaction whose function passes over a failed statement', () => {
  it('commits nothing, and says what failed', async () => {
    const failing = test.open().transaction(['tnt_a'], async (tx) => {
      await add(tx, 'y');
      await tx.query(`INSERT INTO shop.counter VALUES ('tnt_a', 'x', 1)`).catch(() => undefined);
      return 'as if nothing had been';
    });

    await expect(failing).rejects.toMatchObject({ code: 'constraint_violated', cause: { code: '23505' } });
    expect(await value('y')).toBe(0);
  });

  it('commits the rest when it has gone back to a savepoint', async () => {
    await test.open().transaction(['tnt_a'], async (tx) => {
      await add(tx, 'y');
      await tx.query('SAVEPOINT before');
      await tx.query(`INSERT INTO shop.counter VALUES ('tnt_a', 'x', 1)`).catch(() => undefined);
      await tx.query('ROLLBACK TO SAVEPOINT before');
    });

    expect(await value('y')).toBe(1);
  });

  it('fails with the outage that it tells in its own words', async () => {
    const failing = test.open().transaction([], async (tx) => {
      const [own] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await test.admin('SELECT pg_terminate_backend($1)', [own?.pid]);
      await tx.query('SELECT 1').catch(() => {
        throw new Error('the effect could not be written');
      });
    });

    await expect(failing).rejects.toMatchObject({ code: 'dependency_unavailable' });
  });

  it('runs again after a conflict that it tells in its own words', async () => {
    let runs = 0;
    const answer = await test.open().transaction(['tnt_a'], async (tx) => {
      runs += 1;
      const state = runs === 1 ? '40001' : '';
      if (state === '') return 'done';
      await tx
        .query(`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '${state}'; END $$`)
        .catch(() => Promise.reject(new Error('the effect could not be written')));
      return 'never';
    });

    expect([answer, runs]).toEqual(['done', 2]);
  });
});

describe('a failure that did not come from Postgres', () => {
  it.each(['ECONNREFUSED', 'ETIMEDOUT', 'ENOENT', '57P01', '40001', '23505'])(
    'is no outage, no conflict and no violation, whatever its code: %s',
    async (code) => {
      let runs = 0;
      const failing = test.open().transaction([], () => {
        runs += 1;
        throw Object.assign(new Error('from an API'), { code });
      });

      await expect(failing).rejects.toMatchObject({ code: 'unknown', cause: { code } });
      expect(runs).toBe(1);
    },
  );
});

describe('a statement with the wrong number of values', () => {
  it('is a mistake of whoever sent it, and no outage', async () => {
    const failing = test.open().transaction([], (tx) => tx.query('SELECT $1::text', ['one', 'too many']));

    await expect(failing).rejects.toMatchObject({ code: 'unknown', cause: { code: '08P01' } });
  });
});

describe('a transaction with statements side by side', () => {
  it('runs them one after the other and commits them together', async () => {
    const database = test.open();

    await database.transaction(['tnt_a'], (tx) => Promise.all(Array.from({ length: 20 }, () => add(tx, 'x'))));

    expect(await value('x')).toBe(20);
  });

  it('that fails commits none of them, those behind its ROLLBACK neither', async () => {
    const database = test.open({ maxConnections: 1 });
    const branches: Promise<unknown>[] = [];

    const failing = database.transaction(['tnt_a'], async (tx) => {
      branches.push(tx.query('SELECT pg_sleep(0.1)'), add(tx, 'x'), add(tx, 'y'));
      // A branch that speaks up again as soon as the first one is done, while the ROLLBACK is under way.
      branches.push(branches[0]?.then(() => add(tx, 'x')) ?? Promise.resolve());
      await Promise.race([...branches, Promise.reject(new Error('one branch has had enough'))]);
    });

    await expect(failing).rejects.toMatchObject({ code: 'unknown' });
    const late = await Promise.allSettled(branches);
    await database.transaction([], (tx) => tx.query('SELECT 1'));
    expect([await value('x'), await value('y')]).toEqual([0, 0]);
    expect(late.slice(1)).toEqual(late.slice(1).map(() => rejected('handler_timeout')));
  });

  it('does not wait for those that its function has left behind, and commits none that come after it', async () => {
    const branches: Promise<unknown>[] = [];

    await test.open().transaction(['tnt_a'], async (tx) => {
      await add(tx, 'x');
      branches.push(tx.query('SELECT pg_sleep(0.05)'), add(tx, 'y'));
    });

    const late = await Promise.allSettled(branches);
    expect([await value('x'), await value('y')]).toEqual([1, 0]);
    expect(late[1]).toEqual(rejected('handler_timeout'));
  });
});

function rejected(code: string): object {
  return { status: 'rejected', reason: expect.objectContaining({ code }) };
}
