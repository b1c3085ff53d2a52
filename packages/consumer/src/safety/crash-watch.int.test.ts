import { randomUUID } from 'node:crypto';

import type { IncomingRecord } from '@trunkline/kafka';
import { holdOpen } from '@trunkline/postgres/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import type { ProcessBatch } from '../batch/batch.ts';
import type { Via } from '../handler.ts';
import { type BatchHarness, entities, names, openBatchHarness } from '../testing/batch-harness.ts';
import { type CrashWatch, createCrashWatch } from './crash-watch.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const carefulRecords = 10;

let harness: BatchHarness;
let watch: CrashWatch;
beforeAll(async () => {
  harness = await openBatchHarness(inject('stack').postgresAdminUrl);
});
afterAll(() => harness.close());
beforeEach(async () => {
  await harness.reset();
  await harness.test.empty('trunkline.consumer_run');
  harness.context = { ...harness.context, limits: { ...harness.context.limits, carefulRecords } };
  watch = createCrashWatch(harness.context, log);
});
afterEach(() => watch.stop());

const signal = new AbortController().signal;
const process = (via: Via = 'main'): ProcessBatch => watch.guard(harness.process(via), via);
const records = (count: number): readonly IncomingRecord[] => entities(count).map((event) => harness.record(event));

describe('while no process of the group has died', () => {
  it('records are taken in batches, each of them noted before it is looked at', async () => {
    const batch = records(40);
    const notes: unknown[] = [];
    harness.shop.misbehave('e0', async () => {
      notes.push(...(await inHand()));
    });

    await process()(batch, signal);

    expect(await transactions()).toBe(1);
    const [first, last] = [batch[0]?.offset ?? 0n, (batch.at(-1)?.offset ?? 0n) + 256n];
    expect(notes).toEqual([{ in_hand: [[batch[0]?.topic, 0, String(first), String(last)]], alone: false }]);
  });

  it('an orderly end leaves no trace, so the next process need not be careful', async () => {
    await process()(records(1), signal);
    expect(await runs()).toHaveLength(1);

    await watch.stop();

    expect(await runs()).toEqual([]);
  });

  it('an orderly end does not wait for a server that is being told that it lives, and does not answer', async () => {
    harness.context = { ...harness.context, database: harness.test.open({ statementTimeoutMs: 60_000 }) };
    watch = createCrashWatch(harness.context, log);
    await process()(records(1), signal);
    const lock = await holdOpen(harness.test.open(), (tx) =>
      tx.query('LOCK TABLE trunkline.consumer_run IN EXCLUSIVE MODE'),
    );
    await expect.poll(waitingForLocks, { timeout: 60_000 }).toBe(1);

    // The answer would come after the lock is gone, and the lock goes after this.
    await watch.stop();
    await lock.release();
  });
});

describe('after a process of the group has died', () => {
  it('what it had in hand is taken a few at a time, and nothing else is', async () => {
    const all = records(60);
    await diedInBatch(all.slice(20, 45));

    await process()(all, signal);

    expect(await harness.effects()).toEqual(names(60));
    // 10 + 10 + 5 of those in hand, all others in one batch.
    expect(await transactions()).toBe(4);
    expect(await inHand()).toMatchObject([{ alone: false }]);
  });

  it('what is done already costs no care', async () => {
    const all = records(60);
    await diedInBatch(all);
    await harness.run(all.slice(0, 50));

    await process()(all, signal);

    expect(await transactions()).toBe(2);
  });

  it('no two portions are in hand at one time, and nothing beside them, whatever topics they came by', async () => {
    const all = records(16);
    await diedInBatch(all.slice(0, 8));
    await died(all.slice(0, 12));
    let inTransactions = 0;
    const most: number[] = [];
    for (const name of ['e0', 'e5', 'e8', 'e10', 'e13']) {
      harness.shop.misbehave(name, async (_, tx) => {
        inTransactions += 1;
        most.push(inTransactions);
        await tx.query('SELECT pg_sleep(0.02)');
        inTransactions -= 1;
      });
    }

    await Promise.all([process()(all.slice(0, 8), signal), process('redrive')(all.slice(8).map(redriven), signal)]);

    expect(await harness.effects()).toEqual(names(16));
    expect(Math.max(...most)).toBe(1);
  });

  it('again and again, what their batches had in hand is still taken a few at a time', async () => {
    const all = records(30);
    for (let death = 0; death < 5; death += 1) await diedInBatch(all);

    await process()(all, signal);

    expect(await transactions()).toBe(3);
  });

  it('and another one with a few of them, those few are taken one at a time', async () => {
    const all = records(30);
    await diedInBatch(all);
    await died(all.slice(10, 15));

    await process()(all, signal);

    expect(await harness.effects()).toEqual(names(30));
    // One each of those in hand twice; 10 + 10 + 5 of the others.
    expect(await transactions()).toBe(5 + 3);
  });

  it.each([
    ['three times, the last one alone', [false, false, true], 1],
    ['three times, never alone', [false, false, false], 0],
    ['twice, the last one alone', [false, true], 0],
  ])('a record that was in hand %s is dead-lettered: %s → %i', async (_, alone, dead) => {
    const [record, neighbour] = records(2);
    if (record === undefined || neighbour === undefined) throw new TypeError('two records were asked for');
    for (const wasAlone of alone) await died(wasAlone ? [record] : [record, neighbour]);

    await process()([record, neighbour], signal);

    expect(harness.topicsOfCopies()).toEqual(dead === 0 ? {} : { 'shop.dlt': 1 });
    expect(await harness.effects()).toEqual(dead === 0 ? ['e0', 'e1'] : ['e1']);
  });

  it('a record whose partition is taken away is put down', async () => {
    const all = records(2);
    await died(all, all);
    const taken = new AbortController();
    harness.shop.misbehave('e0', () => {
      taken.abort();
      return new Promise(() => undefined);
    });

    await expect(process()(all, taken.signal)).rejects.toMatchObject({ code: 'dependency_unavailable' });

    expect(await inHand()).toEqual([{ in_hand: [], alone: false }]);
    expect(harness.finished).toEqual([]);
  });
});

/** Processes that ended without a word, each with these in hand, taken with care. */
async function died(...inHandOf: readonly (readonly IncomingRecord[])[]): Promise<void> {
  for (const held of inHandOf) {
    const places = held.map(({ topic, partition, offset }) => [topic, partition, String(offset), String(offset)]);
    await ended(places, held.length === 1);
  }
}

/** One that had these in hand as a batch. */
async function diedInBatch(held: readonly IncomingRecord[]): Promise<void> {
  const [first, last] = [held[0], held.at(-1)];
  await ended([[first?.topic, first?.partition, String(first?.offset), String(last?.offset)]], false);
}

async function ended(places: readonly unknown[], alone: boolean): Promise<void> {
  await harness.test.admin(
    `INSERT INTO trunkline.consumer_run (schema, run_id, beat_at, in_hand, alone)
     VALUES ('shop', $1, now() - interval '10 seconds', $2, $3)`,
    [randomUUID(), JSON.stringify(places), alone],
  );
}

/** As it comes from the redrive topic. */
function redriven(record: IncomingRecord): IncomingRecord {
  const headers = {
    ...record.headers,
    'x-original-topic': record.topic,
    'x-original-partition': '0',
    'x-original-offset': '1',
    'x-original-timestamp': String(record.timestampMs),
  };
  return { ...record, topic: 'shop.redrive', headers };
}

async function transactions(): Promise<number> {
  return (await harness.test.admin('SELECT DISTINCT xmin FROM shop.effect')).length;
}

/** What the processes that live have noted. */
function inHand(): Promise<readonly object[]> {
  return harness.test.admin(
    `SELECT in_hand, alone FROM trunkline.consumer_run WHERE beat_at > now() - interval '9 seconds'`,
  );
}

/** How many wait for a lock on the notes of the processes. */
async function waitingForLocks(): Promise<number> {
  const waiting = await harness.test.admin(
    `SELECT FROM pg_locks WHERE relation = 'trunkline.consumer_run'::regclass AND NOT granted`,
  );
  return waiting.length;
}

function runs(): Promise<readonly object[]> {
  return harness.test.admin(`SELECT run_id FROM trunkline.consumer_run`);
}
