import { TrunklineError } from '@trunkline/core';
import { addToOutbox, type OutboxRow, type Transaction } from '@trunkline/postgres';
import { holdOpen } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { type BatchHarness, entities, fail, names, openBatchHarness, waitBriefly } from '../testing/batch-harness.ts';
import { shopRecord } from '../testing/test-group.ts';

const request: OutboxRow = {
  recordId: '0197c1e0-0000-7000-8000-000000000001',
  tenantId: 'tnt_a',
  topic: 'notifications.request.v1',
  key: Buffer.from('tnt_a/per_1'),
  value: Buffer.from('a request'),
  headers: {},
};

let harness: BatchHarness;
beforeAll(async () => {
  harness = await openBatchHarness(inject('stack').postgresAdminUrl);
});
afterAll(() => harness.close());
beforeEach(() => harness.reset());

describe('while a dependency is away', () => {
  it('(Postgres) a batch waits, says so, and fails no event', async () => {
    await harness.run([shopRecord('e0')]);
    await harness.test.takeDown();

    const running = harness.run([shopRecord('e1'), shopRecord('e2')]);
    await expect.poll(() => harness.context.pause.reason()).toContain('dependency_unavailable');
    await harness.test.bringUp();
    await running;

    expect(await harness.effects()).toEqual(['e0', 'e1', 'e2']);
    expect(harness.publisher.published).toEqual([]);
    expect(harness.context.pause.reason()).toBeUndefined();
  });

  it('(Kafka) a batch is not finished before the copy of its bad event is stored', async () => {
    harness.shop.misbehave('e0', fail('business_rejected'));
    harness.publisher.refuse(3);

    await harness.run(entities(2));

    expect(harness.topicsOfCopies()).toEqual({ 'shop.dlt': 1 });
    expect(await harness.effects()).toEqual(['e1']);
  });

  it('(Kafka, for the requests of our own) a batch waits until the outbox takes more, and fails no event', async () => {
    let isFull = true;
    let nudges = 0;
    const outbox = {
      refuseWhenFull: () => {
        if (isFull) throw new TrunklineError('overloaded', 'a million records wait in shop.outbox');
      },
      nudge: () => {
        nudges += 1;
      },
    };
    harness.context = { ...harness.context, outbox };
    harness.shop.misbehave('e1', (_, tx) => addToOutbox(tx, [request]));

    const running = harness.run([shopRecord('e0'), shopRecord('e1')]);
    await expect.poll(() => harness.context.pause.reason()).toContain('overloaded');
    expect(nudges).toBe(0);
    isFull = false;
    await running;

    expect(await harness.effects()).toEqual(['e0', 'e1']);
    expect(harness.publisher.published).toEqual([]);
    expect(nudges).toBe(1);
    // One that has asked for nothing has nobody look.
    await harness.run([shopRecord('e2')]);
    expect(nudges).toBe(1);
  });

  it('a batch that is taken away ends without finishing', async () => {
    const taken = new AbortController();
    await harness.test.takeDown();

    const running = harness.process('main')([harness.record(shopRecord('e0'))], taken.signal);
    await expect.poll(() => harness.context.pause.reason()).toContain('dependency_unavailable');
    taken.abort();

    await expect(running).rejects.toThrow(/aborted|stopped waiting/);
    await harness.test.bringUp();
    expect(harness.finished).toEqual([]);
  });
});

describe('while somebody else holds a lock', () => {
  const statementTimeoutsInARow = 2;
  let transactions: number;
  beforeEach(() => {
    transactions = 0;
    harness.context = {
      ...harness.context,
      // Seldom in a row, so that a busy machine is through with it sooner.
      limits: { ...harness.context.limits, pauseStepMs: 1, statementTimeoutsInARow },
      watchdog: {
        watch: (work) => {
          transactions += 1;
          return work();
        },
        insideMs: () => 0,
      },
    };
  });
  const lockTable = (tx: Transaction): Promise<unknown> => tx.query('LOCK TABLE shop.effect IN ACCESS EXCLUSIVE MODE');

  it.each([1, 3, 16])(
    'on the table, a batch of %i waits, says so, and moves nothing to the retry topics',
    async (count) => {
      for (const name of names(count)) harness.shop.misbehave(name, waitBriefly);
      const lock = await holdOpen(harness.test.open(), lockTable);

      const running = harness.run(entities(count));
      await expect.poll(() => harness.context.pause.reason()).toContain('lock timeout');
      // Longer than every event of the batch could time out by itself as often as it may in a row.
      await expect
        .poll(() => transactions, { timeout: 200_000 })
        .toBeGreaterThan(statementTimeoutsInARow * (2 * count + 1));
      expect(harness.publisher.published).toEqual([]);
      await lock.release();
      await running;

      expect(await harness.effects()).toEqual(names(count));
      expect(harness.publisher.published).toEqual([]);
    },
    240_000,
  );

  it('on what one event needs, the others go past it, and it is retried later', async () => {
    harness.shop.misbehave('e1', async (event, tx) => {
      await waitBriefly(event, tx);
      await tx.query('SELECT pg_advisory_xact_lock(7)');
    });
    const lock = await holdOpen(harness.test.open(), (tx) => tx.query('SELECT pg_advisory_xact_lock(7)'));

    await harness.run(entities(3));
    await lock.release();

    expect(await harness.effects()).toEqual(['e0', 'e2']);
    expect(harness.topicsOfCopies()).toEqual({ 'shop.retry.10s': 1 });
  });
});

describe('a copy that is too large', () => {
  it('goes without its message and stack', async () => {
    harness.shop.misbehave('e0', fail('business_rejected'));
    harness.publisher.maxRecordBytes = 1_200;

    await harness.run([shopRecord('e0')]);

    expect(harness.publisher.published).toHaveLength(1);
    expect(harness.publisher.published[0]?.headers['x-exception-stacktrace']).toBeUndefined();
    expect(harness.publisher.published[0]?.headers['x-exception-code']).toBe('business_rejected');
  });
});
