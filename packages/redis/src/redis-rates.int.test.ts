import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { RateBucket } from '@trunkline/core';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { createRedisRates, type RatesEvent, type RedisRates } from './redis-rates.ts';
import { type OwnRedis, startOwnRedis } from './testing/own-redis.ts';
import { type Moment, mostInAnyWindow } from './testing/windows.ts';

const poll = { timeout: 60_000, interval: 20 };
const patientMs = 5_000;
const waitAtMostMs = 500;

let own: OwnRedis;
const opened: RedisRates[] = [];
beforeAll(async () => {
  own = await startOwnRedis();
});
afterAll(() => own.close());
afterEach(async () => {
  await Promise.all(opened.splice(0).map((rates) => rates.close({ deadlineMs: 1_000 })));
});

async function open(options: Partial<Parameters<typeof createRedisRates>[0]> = {}): Promise<RedisRates> {
  const rates = createRedisRates({
    url: inject('stack').redisUrl,
    namespace: 'test:',
    timeoutMs: patientMs,
    onEvent: () => undefined,
    ...options,
  });
  opened.push(rates);
  await vi.waitUntil(() => rates.isUp(), poll);
  return rates;
}

/** Twenty seconds between two turns: none comes while a test is held up. */
const slow = { periodMs: 1_900_000 };
const newBucket = (change: Partial<RateBucket> = {}): RateBucket => ({
  key: `shop:${randomUUID()}`,
  count: 100,
  periodMs: 60_000,
  burst: 5,
  ...change,
});

interface Given {
  readonly moments: Moment[];
  readonly isOver: () => boolean;
}

/** Asks for one turn after the other until it is over, and notes when each was given. */
async function takeTurns(rates: RedisRates, bucket: RateBucket, given: Given): Promise<void> {
  const { moments, isOver } = given;
  while (!isOver()) {
    const askedAtMs = performance.now();
    const turn = await rates.take([bucket], { waitAtMostMs });
    const answeredAtMs = performance.now();
    // Redis decided somewhere between the question and the answer.
    if (turn.kind === 'turn') moments.push({ fromMs: askedAtMs + turn.waitMs, toMs: answeredAtMs + turn.waitMs });
    await delay(Math.min(turn.waitMs, waitAtMostMs));
  }
}

describe('the rates in Redis', () => {
  it('give a burst at once and the next turns at their intervals', async () => {
    const rates = await open();
    const bucket = newBucket(slow);

    const turns = await Promise.all(Array.from({ length: 7 }, () => rates.take([bucket], { waitAtMostMs: 60_000 })));

    expect(turns.map(({ waitMs }) => Math.round(waitMs / 20_000))).toEqual([0, 0, 0, 0, 0, 1, 2]);
  });

  it('take nothing for a turn that comes too late', async () => {
    const rates = await open();
    const bucket = newBucket({ count: 1, burst: 1 });
    await rates.take([bucket], { waitAtMostMs: 0 });

    const turns = [await rates.take([bucket], { waitAtMostMs: 1 }), await rates.take([bucket], { waitAtMostMs: 1 })];

    expect(turns.map(({ kind }) => kind)).toEqual(['later', 'later']);
    expect(turns[1]?.waitMs).toBeLessThanOrEqual(60_000);
  });

  it('give a turn in all buckets or in none', async () => {
    const rates = await open();
    const [wide, narrow] = [newBucket(slow), newBucket({ count: 1, burst: 1 })];
    await rates.take([wide, narrow], { waitAtMostMs: 0 });
    await rates.take([wide, narrow], { waitAtMostMs: 0 });

    const turns = await Promise.all(Array.from({ length: 5 }, () => rates.take([wide], { waitAtMostMs: 0 })));

    expect(turns.filter(({ kind }) => kind === 'turn')).toHaveLength(4);
  });

  it('hold all processes back when one is told to wait', async () => {
    const [one, other] = [await open(), await open()];
    const bucket = newBucket();
    await one.hold([bucket], 600_000);
    await one.hold([bucket], 10);

    const turn = await other.take([bucket], { waitAtMostMs: 700_000 });

    expect(turn.waitMs).toBeGreaterThan(500_000);
    expect(turn.waitMs).toBeLessThanOrEqual(600_000);
  });

  it('cost one round trip a turn, and leave nothing behind when the bucket is full again', async () => {
    const rates = await open({ url: own.url });
    const admin = new Redis(own.url);
    const bucket = newBucket({ count: 10, periodMs: 1_000_000, burst: 1 });
    await rates.take([bucket], { waitAtMostMs: 0 });
    await admin.config('RESETSTAT');

    await rates.take([bucket], { waitAtMostMs: 1_000_000 });
    const stats = await admin.info('commandstats');
    const ttlMs = await admin.pttl(`test:limit:${bucket.key}`);
    admin.disconnect();

    expect(stats).toContain('cmdstat_evalsha:calls=1,');
    expect(ttlMs).toBeGreaterThan(0);
    expect(ttlMs).toBeLessThan(3_000_000);
  });

  it('are one rate for three processes, never more in any period, also while Redis is gone and after it', async () => {
    const events: RatesEvent[] = [];
    const options = {
      url: own.url,
      timeoutMs: patientMs,
      limiterProcesses: 4,
      onEvent: (event: RatesEvent) => events.push(event),
    };
    const all = [await open(options), await open(options), await open(options)];
    const bucket = newBucket({ periodMs: 3_000 });
    const moments: Moment[] = [];
    let isOver = false;
    /** As many as come in a period or a little less, so that each window is met; however long a busy machine takes for it. */
    const more = async (turns: number): Promise<void> => {
      const enough = moments.length + turns;
      await vi.waitUntil(() => moments.length >= enough, poll);
    };

    const taking = Promise.all(all.map((rates) => takeTurns(rates, bucket, { moments, isOver: () => isOver })));
    try {
      await more(100);
      await own.server.stop();
      // Three quarters of the flow.
      await more(70);
      await own.server.restart();
      await vi.waitUntil(() => all.every((rates) => rates.isUp()), poll);
      // What was given meanwhile is in nobody's memory but theirs: the first period gives little.
      await more(95);
    } finally {
      isOver = true;
      await taking;
    }

    expect(events.filter(({ kind }) => kind === 'away').length).toBeGreaterThanOrEqual(all.length);
    expect(mostInAnyWindow(moments, bucket.periodMs)).toBeLessThanOrEqual(100);
  });
});
