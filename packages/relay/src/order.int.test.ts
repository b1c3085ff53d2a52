import { addToOutbox, findWaitingShards, type Transaction } from '@trunkline/postgres';
import { waitingForLocks } from '@trunkline/postgres/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { defaultRelayLimits } from './limits.ts';
import { createCollectingPublisher, openRelayHarness, outboxRow, type RelayHarness } from './testing/relay-harness.ts';
import { takeTurn } from './turn.ts';

/*
 * Ids of rows are drawn before their transactions commit, so the relay may see a later one first. Two statements about
 * that: no row is passed over, whatever the order of commits (a relay that remembered the last id would lose rows); and
 * rows of one key are in order where each transaction locks what the key stands for before it adds.
 */

let harness: RelayHarness;
beforeAll(async () => {
  harness = await openRelayHarness(
    inject('stack').postgresAdminUrl,
    `CREATE TABLE shop.counter (tenant_id text PRIMARY KEY, n int NOT NULL);
     SELECT trunkline.isolate_tenants('shop.counter');`,
  );
});
afterAll(() => harness.close());

describe('rows of one key', () => {
  it('are published in the order of the row lock that each transaction takes before it adds, and all of them', async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async (schedule) => {
        const { published, inOrder } = await play(schedule, ['lock', 'add']);

        expect(published).toEqual(inOrder);
      }),
    );
  });

  it('are all published, and not always in that order, where the lock is taken after the row is added', async () => {
    const overtaking: Schedule = ['one', 'two', 'two', 'two', 'one', 'one'];

    const { published, inOrder } = await play(overtaking, ['add', 'lock']);

    expect(published).not.toEqual(inOrder);
    expect(published.toSorted()).toEqual(inOrder.toSorted());
  });
});

/** Whose next step is taken. A transaction has three: two of its own, and its commit. */
type Schedule = readonly ('one' | 'two' | 'relay')[];
type Step = 'lock' | 'add';

const schedules: fc.Arbitrary<Schedule> = fc.shuffledSubarray(
  ['one', 'one', 'one', 'two', 'two', 'two', 'relay', 'relay', 'relay'],
  { minLength: 9 },
);

interface Played {
  readonly published: readonly string[];
  /** The transactions in the order in which they had the lock. */
  readonly inOrder: readonly string[];
}

/** Two open transactions and a relay, step by step. A step that waits for a lock is left to wait, and the next begins. */
async function play(schedule: Schedule, steps: readonly [Step, Step]): Promise<Played> {
  await harness.reset();
  await harness.test.admin(`DELETE FROM shop.counter`);
  await harness.test.admin(`INSERT INTO shop.counter VALUES ('tnt_a', 0)`);
  const publisher = createCollectingPublisher();
  const inOrder: string[] = [];
  const transactions = {
    one: openStepwise('one', steps, inOrder),
    two: openStepwise('two', steps, inOrder),
  };
  for (const whose of schedule) {
    if (whose === 'relay') await relayOnce(publisher);
    else await transactions[whose].next();
  }
  await Promise.all([transactions.one.finished, transactions.two.finished]);
  await relayOnce(publisher);
  return { published: publisher.published.map(({ value }) => String(value)), inOrder };
}

interface Stepwise {
  /** Resolves when the next step is done, or waits for a lock. */
  next(): Promise<void>;
  readonly finished: Promise<void>;
}

function openStepwise(name: string, steps: readonly Step[], inOrder: string[]): Stepwise {
  const gates = [...steps, 'commit'].map(() => Promise.withResolvers<void>());
  let begun = 0;
  let done = 0;
  const finished = harness.database
    .transaction(['tnt_a'], async (tx) => {
      for (const [index, step] of steps.entries()) {
        await gates[index]?.promise;
        if (step === 'lock') await lock(tx).then(() => inOrder.push(name));
        else await addToOutbox(tx, [outboxRow('one key', { value: Buffer.from(name) })]);
        done += 1;
      }
      await gates[steps.length]?.promise;
    })
    .finally(() => {
      done = begun;
    });
  return {
    async next() {
      gates[begun]?.resolve();
      begun += 1;
      while (done < begun && (await waitingForLocks(harness.test)) === 0);
    },
    finished,
  };
}

async function lock(tx: Transaction): Promise<void> {
  await tx.query(`UPDATE shop.counter SET n = n + 1 WHERE tenant_id = 'tnt_a'`);
}

async function relayOnce(publisher: ReturnType<typeof createCollectingPublisher>): Promise<void> {
  const options = {
    database: harness.database,
    publisher,
    limits: defaultRelayLimits,
    spare: [],
    signal: new AbortController().signal,
  };
  for (const shard of await findWaitingShards(harness.database)) {
    await takeTurn(options, { shards: [{ shard, afterTenant: '' }], withoutKeys: [], maxRows: 100 });
  }
}
