import type { Database } from '@trunkline/postgres';
import { createTestDatabase, holdOpen, type TestDatabase, waitingForLocks } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { googleChange, graphLifecycle } from '../testing/changes.ts';
import { service } from '../testing/service.ts';
import { coalescedMs, type ResourceWish, takeTurns } from './coalesce.ts';
import { wishOf } from './wish.ts';

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
  database = test.open();
});
beforeEach(() => test.empty('calendar.sync_wish'));
afterAll(() => test.drop());

const ask = (nowMs: number, ...wishes: readonly ResourceWish[]): Promise<readonly ResourceWish[]> =>
  database.transaction(['tnt_a', 'tnt_b'], (tx) => takeTurns(tx, wishes, nowMs));

describe('wishes about one resource', () => {
  it('are one within two seconds, and another one from then on', async () => {
    const [first, second] = [changed('res_1', 1), changed('res_1', 2)];

    const asked = [
      await ask(10_000, first),
      await ask(10_000 + coalescedMs - 1, second),
      await ask(10_000 + coalescedMs, second),
    ];

    expect(asked).toEqual([[first], [], [second]]);
  });

  it('are one within a batch', async () => {
    const [first, second, other] = [changed('res_1', 1), changed('res_1', 2), changed('res_2', 3)];

    expect(await ask(10_000, first, second, other)).toEqual([first, other]);
  });

  it('are not held back by those of another resource, source or tenant', async () => {
    const wish = changed('res_1', 1);
    await ask(10_000, wish);

    const others = [
      changed('res_2', 1),
      { ...wish, tenantId: 'tnt_b' },
      { ...wish, wish: { ...wish.wish, sourceId: 'src_other' } },
    ];

    expect(new Set(await ask(10_001, ...others))).toEqual(new Set(others));
  });

  it('are not held back by those for another reason: a subscription that ends is not only a change', async () => {
    const [missed, removed] = [lifecycle('missed'), lifecycle('subscriptionRemoved')];

    expect(await ask(10_000, missed, removed)).toEqual([missed, removed]);
  });

  it('wait for an open transaction that asks for the same, and are asked for when that is undone', async () => {
    const [first, second] = [changed('res_1', 1), changed('res_1', 2)];
    const held = await holdOpen(database, (tx) => takeTurns(tx, [first], 10_000));

    const asking = ask(10_500, second);
    await expect.poll(() => waitingForLocks(test)).toBe(1);
    await held.release();

    expect(await asking).toEqual([second]);
  });
});

function changed(resource: string, number: number): ResourceWish {
  return { tenantId: 'tnt_a', wish: required(wishOf(googleChange(resource, number))) };
}

function lifecycle(event: string): ResourceWish {
  return { tenantId: 'tnt_a', wish: required(wishOf(graphLifecycle(event))) };
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError('the message is a wish');
  return value;
}
