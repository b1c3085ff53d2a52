import type { IncomingRecord } from '@trunkline/kafka';
import { type OwnRedis, startOwnRedis } from '@trunkline/redis/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';

import { type BatchHarness, entities, fail, names, openBatchHarness } from '../testing/batch-harness.ts';
import { shopRecord } from '../testing/test-group.ts';
import { type OpenFirstFilter, openFirstFilter } from './first-filter-redis.ts';

/** Where the meaning is the matter and not the time, a busy machine may take its time. */
const patientMs = 5_000;
const poll = { timeout: 60_000, interval: 20 };

let harness: BatchHarness;
let redis: OwnRedis;
let filter: OpenFirstFilter;
let results: Record<string, number>;
let warnings: string[];
let isUp: () => number;
beforeAll(async () => {
  [harness, redis] = await Promise.all([openBatchHarness(inject('stack').postgresAdminUrl), startOwnRedis()]);
});
afterAll(() => Promise.all([harness.close(), redis.close()]));
beforeEach(async () => {
  await harness.reset();
  await useFilter({ timeoutMs: patientMs });
});
afterEach(async () => {
  await redis.server.thaw();
  await filter.close({ deadlineMs: 1_000 });
});

/** The same records again, as after a rebalance. */
function recorded(events: ReturnType<typeof entities>): readonly IncomingRecord[] {
  return events.map((event) => harness.record(event));
}

/** As a consumer that starts now would. */
async function useFilter(options: { readonly timeoutMs?: number }): Promise<void> {
  results = {};
  warnings = [];
  filter = await openFirstFilter({
    ...options,
    group: 'shop',
    namespace: 'test.',
    redis: { url: redis.url },
    database: harness.context.database,
    log: { info: () => undefined, warn: ({ event }) => warnings.push(String(event)), error: () => undefined },
    metrics: {
      count: (_name, labels, by = 1) => {
        if (by === 0) return;
        const result = 'result' in labels ? String(labels.result) : '';
        results[result] = (results[result] ?? 0) + by;
      },
      gauge: (_name, read) => (isUp = read),
    },
    signal: new AbortController().signal,
  });
  harness.context = { ...harness.context, firstFilter: filter };
  await vi.waitFor(() => expect(isUp()).toBe(1), poll);
}

describe('the first filter on Redis', () => {
  it('spares Postgres a batch of duplicates altogether', async () => {
    const batch = recorded(entities(20));
    await harness.run(batch);
    await harness.test.takeDown();

    try {
      await harness.run(batch);
    } finally {
      await harness.test.bringUp();
    }

    expect(harness.outcomes()).toEqual({ applied: 20, duplicate: 20 });
    expect(await harness.effects()).toEqual(names(20));
    expect(results).toEqual({ done: 20, unknown: 20 });
  });

  it('marks an event after its commit and not before', async () => {
    const record = shopRecord('e0');
    const duringTheRun: number[] = [];
    harness.shop.misbehave('e0', async ({ eventId }) => {
      duringTheRun.push((await filter.seen([eventId])).size);
    });

    await harness.run([record]);

    expect(duringTheRun).toEqual([0]);
    expect((await filter.seen([harness.finished[0]?.attempt.decoded?.id].flatMap((id) => id ?? []))).size).toBe(1);
  });

  it('does not mark what was sent to be retried or dead-lettered', async () => {
    const batch = recorded([shopRecord('e0'), shopRecord('e1')]);
    harness.shop.misbehave('e0', fail('unknown'));
    harness.shop.misbehave('e1', fail('business_rejected'));
    await harness.run(batch);
    harness.shop.misbehave('e0', undefined);
    harness.shop.misbehave('e1', undefined);

    await harness.run(batch);

    expect(await harness.effects()).toEqual(['e0', 'e1']);
  });

  it('leaves it to the inbox when Redis has lost everything', async () => {
    const batch = recorded(entities(20));
    await harness.run(batch);
    await redis.server.restart();
    await vi.waitFor(() => expect(isUp()).toBe(1), poll);

    await harness.run(batch);

    expect(harness.outcomes()).toEqual({ applied: 20, duplicate: 20 });
    expect(await harness.effects()).toEqual(names(20));
  });

  it('goes on without a Redis that is stopped, and warns once', async () => {
    await redis.server.stop();
    await vi.waitFor(() => expect(isUp()).toBe(0), poll);

    for (const record of entities(20)) await harness.run([record]);
    const said = [...warnings];
    await redis.server.restart();

    expect(await harness.effects()).toEqual(names(20));
    expect(said).toEqual(['first_filter_away']);
    expect(results).toEqual({ unanswered: 20, unwritten: 20 });
  });

  it('delays one batch by one timeout when Redis is frozen, and no other', async () => {
    await filter.close({ deadlineMs: 1_000 });
    await useFilter({ timeoutMs: 500 });
    const waitsMs: number[] = [];
    const timed = async <T>(work: Promise<T>): Promise<T> => {
      const startedAt = performance.now();
      return await work.finally(() => waitsMs.push(performance.now() - startedAt));
    };
    harness.context = {
      ...harness.context,
      firstFilter: { seen: (ids) => timed(filter.seen(ids)), remember: (ids) => timed(filter.remember(ids)) },
    };
    await redis.server.freeze();

    for (const record of entities(20)) await harness.run([record]);

    expect(await harness.effects()).toEqual(names(20));
    expect(waitsMs[0]).toBeGreaterThan(400);
    // 40 calls that wait 500 ms each take 20 s; the margin is for a busy machine.
    expect(waitsMs.reduce((sum, waitedMs) => sum + waitedMs)).toBeLessThan(10_000);
    expect(warnings).toEqual(['first_filter_away']);
  });

  it('ignores what it marked for an inbox that was rebuilt since', async () => {
    const batch = recorded(entities(5));
    await harness.run(batch);
    await filter.close({ deadlineMs: 1_000 });
    await harness.test.admin('TRUNCATE shop.effect, shop.inbox');
    await useFilter({ timeoutMs: patientMs });

    await harness.run(batch);

    expect(await harness.effects()).toEqual(names(5));
    expect(results).toEqual({ unknown: 5 });
  });

  it('waits for Postgres, which names the inbox, until it is told to stop', async () => {
    await harness.test.takeDown();
    const stop = new AbortController();
    const waits: string[] = [];

    const opening = openFirstFilter({
      group: 'shop',
      namespace: '',
      redis: { url: redis.url },
      database: harness.context.database,
      log: {
        info: () => undefined,
        error: () => undefined,
        warn: ({ event }) => {
          waits.push(String(event));
          if (waits.length === 2) stop.abort(new Error('stopped'));
        },
      },
      metrics: { count: () => undefined, gauge: () => undefined },
      signal: stop.signal,
    });

    await expect(opening).rejects.toThrow('stopped');
    await harness.test.bringUp();
    expect(waits).toEqual(['postgres_away', 'postgres_away']);
  });
});
