import { intervalMs, type RateBucket } from '@trunkline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type BucketState, emptyBucket, takeTurn } from './gcra.ts';
import { createLocalRates } from './local-rates.ts';
import { at, mostInAnyWindow } from './testing/windows.ts';

const hundred: RateBucket = { key: 'a', count: 100, periodMs: 60_000, burst: 5 };
const fresh: BucketState = { fullAtMs: 0, heldUntilMs: 0 };

/** When each of the callers may go who come at these times. */
function granted(bucket: RateBucket, arrivalsMs: readonly number[], waitAtMostMs = 0): readonly number[] {
  let state = fresh;
  return arrivalsMs.flatMap((nowMs) => {
    const { turn, states } = takeTurn([[bucket, state]], { nowMs, waitAtMostMs });
    state = states[0] ?? state;
    return turn.kind === 'turn' ? [nowMs + turn.waitMs] : [];
  });
}

const everyMs = (stepMs: number, untilMs: number): readonly number[] =>
  Array.from({ length: Math.floor(untilMs / stepMs) }, (_, index) => 1_000_000 + index * stepMs);

const anyBucket = fc
  .record({
    count: fc.integer({ min: 1, max: 200 }),
    periodMs: fc.integer({ min: 100, max: 60_000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ count, periodMs, share }): RateBucket => ({
    key: 'a',
    count,
    periodMs,
    burst: Math.max(1, Math.floor(count * share)),
  }));

describe('a bucket', () => {
  it('never lets more through than its count in any period, however callers come and wait', () => {
    fc.assert(
      fc.property(
        anyBucket,
        fc.array(fc.nat({ max: 2_000 }), { maxLength: 400 }),
        fc.nat({ max: 5_000 }),
        (bucket, gapsMs, waitAtMostMs) => {
          let nowMs = 1_000_000;
          const arrivals = gapsMs.map((gapMs) => (nowMs += gapMs % Math.ceil((bucket.periodMs / bucket.count) * 2)));

          const times = granted(bucket, arrivals, waitAtMostMs);

          expect(mostInAnyWindow(times.map(at), bucket.periodMs)).toBeLessThanOrEqual(bucket.count);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('lets a burst through, then one each interval', () => {
    const times = granted(hundred, everyMs(10, 3_000));

    expect(times.slice(0, 5)).toEqual(everyMs(10, 50));
    expect(times).toHaveLength(5 + Math.floor(2_990 / intervalMs(hundred)));
  });

  it('lets through nearly all of its count when more is wanted', () => {
    const times = granted(hundred, everyMs(10, 600_000));

    expect(times.length / 10).toBeGreaterThan(95);
    expect(mostInAnyWindow(times.map(at), 60_000)).toBeLessThanOrEqual(100);
  });

  it('gives places one after the other to those who may wait', () => {
    const arrivals = Array.from({ length: 10 }, () => 1_000_000);

    const times = granted(hundred, arrivals, 5_000);

    expect(times.map((timeMs) => Math.round((timeMs - 1_000_000) / intervalMs(hundred)))).toEqual([
      0, 0, 0, 0, 0, 1, 2, 3, 4, 5,
    ]);
  });

  it('takes nothing from who would wait too long', () => {
    const state: BucketState = { fullAtMs: 1_100_000, heldUntilMs: 0 };

    const { turn, states } = takeTurn([[hundred, state]], { nowMs: 1_000_000, waitAtMostMs: 5_000 });

    expect(turn.kind).toBe('later');
    expect(states).toEqual([state]);
  });

  it('that is empty lets the first through after an interval', () => {
    const { turn } = takeTurn([[hundred, emptyBucket(hundred, 1_000_000)]], { nowMs: 1_000_000, waitAtMostMs: 5_000 });

    expect(turn.waitMs).toBeCloseTo(intervalMs(hundred));
  });

  it('lets nobody through while it is held', () => {
    const { turn } = takeTurn([[hundred, { fullAtMs: 0, heldUntilMs: 1_002_000 }]], {
      nowMs: 1_000_000,
      waitAtMostMs: 5_000,
    });

    expect(turn).toEqual({ kind: 'turn', waitMs: 2_000 });
  });

  it('does not stay shut for longer than a minute because a clock was set back', () => {
    const { turn } = takeTurn([[hundred, { fullAtMs: 9e12, heldUntilMs: 0 }]], { nowMs: 1_000_000, waitAtMostMs: 0 });

    expect(turn.waitMs).toBeLessThan(61_000);
  });

  it('gives a turn only together with all others that are asked for', () => {
    const hourly: RateBucket = { key: 'b', count: 1, periodMs: 3_600_000, burst: 1 };
    const first = takeTurn(
      [
        [hundred, fresh],
        [hourly, fresh],
      ],
      { nowMs: 1_000_000, waitAtMostMs: 0 },
    );
    const [ofMinute = fresh, ofHour = fresh] = first.states;

    const second = takeTurn(
      [
        [hundred, ofMinute],
        [hourly, ofHour],
      ],
      { nowMs: 1_000_000, waitAtMostMs: 0 },
    );

    expect([first.turn.kind, second.turn.kind]).toEqual(['turn', 'later']);
    expect(second.states).toEqual([ofMinute, ofHour]);
  });
});

describe('rates that processes keep for themselves', () => {
  const saturated = async (processes: number, limiterProcesses: number): Promise<readonly number[]> => {
    let nowMs = 1_000_000;
    const all = Array.from({ length: processes }, () =>
      createLocalRates({ processes: limiterProcesses, now: () => nowMs, maxBuckets: 100 }),
    );
    const times: number[] = [];
    for (; nowMs < 1_600_000; nowMs += 50) {
      for (const rates of all)
        if ((await rates.take([hundred], { waitAtMostMs: 0 })).kind === 'turn') times.push(nowMs);
    }
    return times;
  };

  it('come to no more than the count together, and to nearly their share of it', async () => {
    const times = await saturated(3, 4);

    expect(mostInAnyWindow(times.map(at), 60_000)).toBeLessThanOrEqual(75);
    expect(times.length / 10).toBeGreaterThan(0.9 * 0.75 * 95);
  });

  it('begin with nothing', async () => {
    const [first = 0] = await saturated(1, 4);

    expect(first - 1_000_000).toBeGreaterThanOrEqual(4 * intervalMs(hundred));
  });

  it('let nobody through after a restart before the turns are over that were given elsewhere', async () => {
    let nowMs = 1_000_000;
    const rates = createLocalRates({ processes: 1, now: () => nowMs, maxBuckets: 100 });
    rates.restart(5_000);
    nowMs += 1_000;

    const turn = await rates.take([hundred], { waitAtMostMs: 0 });

    expect(turn).toEqual({ kind: 'later', waitMs: 4_000 });
  });

  it('begin with nothing again after a restart, and forget no hold', async () => {
    let nowMs = 1_000_000;
    const rates = createLocalRates({ processes: 1, now: () => nowMs, maxBuckets: 100 });
    await rates.hold([hundred], 90_000);
    nowMs += 60_000;
    rates.restart(0);

    const turn = await rates.take([hundred], { waitAtMostMs: 0 });

    expect(turn).toEqual({ kind: 'later', waitMs: 30_000 });
  });
});
