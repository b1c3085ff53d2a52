import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { beat, endRun, findDeadRuns, putDown, takeInHand } from './consumer-runs.ts';
import type { Database } from './database.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from './testing/index.ts';

let shop: TestService;
let bank: TestService;
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  shop = await createTestService('shop', {});
  bank = await createTestService('bank', {});
  test = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [shop, bank] });
  database = test.open();
});
afterAll(async () => {
  await test.drop();
  await Promise.all([shop.remove(), bank.remove()]);
});
beforeEach(() => test.admin('TRUNCATE trunkline.consumer_run, trunkline.record_in_hand'));

const place = { topic: 'payments.payment.v1', partition: 2, offset: 9_007_199_254_740_993n };
const next = { ...place, offset: place.offset + 1n };

describe('a run of a consumer', () => {
  it('is dead when it says nothing for three seconds, and not before', async () => {
    const [mine, other] = [await run(), await run()];

    await silent(other, '2.5 seconds');
    expect(await findDeadRuns(database, mine)).toEqual([]);
    await silent(other, '3.5 seconds');
    expect(await findDeadRuns(database, mine)).toEqual([other]);
    await beat(database, other);
    expect(await findDeadRuns(database, mine)).toEqual([]);
  });

  it('that ended in order is not dead, and leaves nothing behind', async () => {
    const [mine, other] = [await run(), await run()];
    await takeInHand(database, { runId: other, place });

    await endRun(database, other, 1_000);

    expect(await findDeadRuns(database, mine)).toEqual([]);
    expect(await marks()).toEqual([]);
  });

  it('of another service is nobody else’s business', async () => {
    const bankDatabase = test.open({ schema: 'bank' });
    const other = await run(bankDatabase);
    await silent(other, '1 minute');

    expect(await findDeadRuns(database, randomUUID())).toEqual([]);
    expect(await findDeadRuns(bankDatabase, randomUUID())).toEqual([other]);
  });

  it('is forgotten an hour after its death, a mark when its record is gone', async () => {
    const [mine, old] = [await run(), await run()];
    await takeInHand(database, { runId: old, place });
    await silent(old, '61 minutes');
    await test.admin(`UPDATE trunkline.record_in_hand SET marked_at = now() - interval '8 days'`);

    expect(await findDeadRuns(database, mine)).toEqual([]);
    expect(await marks()).toEqual([]);
  });
});

describe('a record in hand', () => {
  it('counts one more for each run that died with it, and begins with the death that made one careful', async () => {
    const crashes: number[] = [];
    for (let death = 0; death < 3; death += 1) {
      const dying = await run();
      crashes.push(await takeInHand(database, { runId: dying, place }));
      await silent(dying, '4 seconds');
    }

    expect(crashes).toEqual([1, 2, 3]);
  });

  it('of a run that lives (its partition was given away) counts for nothing', async () => {
    const [first, second] = [await run(), await run()];
    await takeInHand(database, { runId: first, place });

    expect(await takeInHand(database, { runId: second, place })).toBe(1);
    expect(await takeInHand(database, { runId: second, place })).toBe(1);
  });

  it('is one at a time: the next one clears the mark of the last, and putting it down clears its own', async () => {
    const mine = await run();

    await takeInHand(database, { runId: mine, place });
    await takeInHand(database, { runId: mine, place: next });
    expect(await marks()).toMatchObject([{ offset: String(next.offset), crashes: 1 }]);
    await putDown(database, mine, 1_000);

    expect(await marks()).toEqual([]);
  });

  it('of another run stays marked', async () => {
    const [mine, other] = [await run(), await run()];
    await takeInHand(database, { runId: other, place });

    await takeInHand(database, { runId: mine, place: next });
    await putDown(database, mine, 1_000);

    expect(await marks()).toMatchObject([{ run_id: other, offset: String(place.offset) }]);
  });
});

describe('a database of an older version', () => {
  it('is asked to be migrated', async () => {
    await test.admin('ALTER TABLE trunkline.consumer_run RENAME TO hidden');

    await expect(findDeadRuns(database, randomUUID())).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('npx trunkline migrate'),
    });
    await test.admin('ALTER TABLE trunkline.hidden RENAME TO consumer_run');
  });
});

async function run(of: Database = database): Promise<string> {
  const runId = randomUUID();
  await beat(of, runId);
  return runId;
}

async function silent(runId: string, since: string): Promise<void> {
  await test.admin('UPDATE trunkline.consumer_run SET beat_at = now() - $2::interval WHERE run_id = $1', [
    runId,
    since,
  ]);
}

function marks(): Promise<readonly object[]> {
  return test.admin('SELECT run_id::text, "offset"::text, crashes FROM trunkline.record_in_hand');
}
