import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { beat, endRun, findDeadRuns, noteInHand, type PlaceRange } from './consumer-runs.ts';
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
beforeEach(() => test.empty('trunkline.consumer_run'));

/** Beyond what a number of JSON can say. */
const first = 9_007_199_254_740_993n;
const range: PlaceRange = { topic: 'payments.payment.v1', partition: 2, first, last: first + 62n };

describe('a run of a consumer', () => {
  it('is dead when it says nothing for three seconds, and not before', async () => {
    const [mine, other] = [await run(), await run()];

    // Two seconds are left for the question.
    await silent(other, '1 second');
    expect(await findDeadRuns(database, mine)).toEqual([]);
    await silent(other, '3.5 seconds');
    expect(await findDeadRuns(database, mine)).toEqual([{ runId: other, places: [], alone: false }]);
    await beat(database, other);
    expect(await findDeadRuns(database, mine)).toEqual([]);
  });

  it('that ended in order is not dead, and leaves nothing behind', async () => {
    const [mine, other] = [await run(), await run()];
    await note(other, [range]);

    await endRun(database, other, 1_000);
    await silent(other, '1 minute');

    expect(await findDeadRuns(database, mine)).toEqual([]);
  });

  it('of another service is nobody else’s business', async () => {
    const bankDatabase = test.open({ schema: 'bank' });
    const other = await run(bankDatabase);
    await silent(other, '1 minute');

    expect(await findDeadRuns(database, randomUUID())).toEqual([]);
    expect(await findDeadRuns(bankDatabase, randomUUID())).toMatchObject([{ runId: other }]);
  });

  it('is forgotten an hour after its death', async () => {
    const [mine, old] = [await run(), await run()];
    await silent(old, '61 minutes');

    expect(await findDeadRuns(database, mine)).toEqual([]);
    expect(await test.admin('SELECT run_id::text FROM trunkline.consumer_run')).toEqual([{ run_id: mine }]);
  });
});

describe('what a run has in hand', () => {
  it('is told of the dead ones, to the last offset, the latest death first', async () => {
    const [mine, older, newer] = [await run(), await run(), await run()];
    await note(older, [range]);
    await note(newer, [{ ...range, first, last: first }], true);
    await silent(older, '2 minutes');
    await silent(newer, '1 minute');

    expect(await findDeadRuns(database, mine)).toEqual([
      { runId: newer, places: [{ ...range, first, last: first }], alone: true },
      { runId: older, places: [range], alone: false },
    ]);
  });

  it('is what it noted last, and a beat does not change it', async () => {
    const [mine, other] = [await run(), await run()];

    await note(other, [{ ...range, partition: 1 }]);
    await note(other, [range]);
    await beat(database, other);
    await silent(other, '1 minute');

    expect(await findDeadRuns(database, mine)).toEqual([{ runId: other, places: [range], alone: false }]);
  });

  it('is noted as a sign of life, too', async () => {
    const [mine, other] = [await run(), await run()];
    await silent(other, '1 minute');

    await note(other, [range]);

    expect(await findDeadRuns(database, mine)).toEqual([]);
  });
});

describe('a database of an older version', () => {
  it.each([
    ['without the table', 'RENAME TO hidden', 'ALTER TABLE trunkline.hidden RENAME TO consumer_run'],
    [
      'without a column',
      'RENAME COLUMN in_hand TO hidden',
      'ALTER TABLE trunkline.consumer_run RENAME COLUMN hidden TO in_hand',
    ],
  ])('is asked to be migrated: %s', async (_, change, undo) => {
    await test.admin(`ALTER TABLE trunkline.consumer_run ${change}`);

    await expect(findDeadRuns(database, randomUUID())).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('npx trunkline migrate'),
    });
    await test.admin(undo);
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

async function note(runId: string, places: readonly PlaceRange[], alone = false): Promise<void> {
  await noteInHand(database, { runId, inHand: { places, alone } }, 5_000);
}
