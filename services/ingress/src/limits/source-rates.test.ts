import type { SourceRate } from '@trunkline/sources';
import { describe, expect, it } from 'vitest';

import { createSourceRates } from './source-rates.ts';

const perMinute: SourceRate = { requests: 100, perMs: 60_000, burst: 100 };

interface Clocked {
  readonly rates: ReturnType<typeof createSourceRates>;
  readonly pass: (ms: number) => void;
}

function clocked(): Clocked {
  let nowMs = 5_000;
  return { rates: createSourceRates(() => nowMs), pass: (ms) => (nowMs += ms) };
}

/** How many of so many requests at once are taken. */
function takenOf(rates: Clocked['rates'], tries: number, source: { rate: SourceRate; sourceId?: string }): number {
  const tried = Array.from({ length: tries }, () => rates.take({ sourceId: 'src_a', ...source }));
  return tried.filter((wait) => wait === 0).length;
}

describe('the rate of a source', () => {
  it('lets its burst through at once, and then what has come since', () => {
    const { rates, pass } = clocked();

    const atOnce = takenOf(rates, 500, { rate: perMinute });
    pass(6_000);
    const later = takenOf(rates, 500, { rate: perMinute });

    expect([atOnce, later]).toEqual([100, 10]);
  });

  it('lets no more than its requests a period through for long, and no more than its burst after a quiet hour', () => {
    const { rates, pass } = clocked();
    const rate = { requests: 1_000, perMs: 1_000, burst: 5_000 };
    let taken = 0;

    for (let tick = 0; tick < 1_000; tick += 1) {
      taken += takenOf(rates, 20, { rate });
      pass(10);
    }
    pass(3_600_000);
    const afterQuiet = takenOf(rates, 9_000, { rate });

    expect(taken).toBeGreaterThanOrEqual(5_000 + 9_900);
    expect(taken).toBeLessThanOrEqual(5_000 + 10_000);
    expect(afterQuiet).toBe(5_000);
  });

  it('says how long until there is room, and there is room then', () => {
    const { rates, pass } = clocked();
    const rate = { requests: 2, perMs: 3_600_000, burst: 1 };
    rates.take({ sourceId: 'src_a', rate });

    const waitMs = rates.take({ sourceId: 'src_a', rate });
    pass(waitMs);

    expect(waitMs).toBe(1_800_000);
    expect(rates.take({ sourceId: 'src_a', rate })).toBe(0);
  });

  it('is not used up by another source, or by what was refused', () => {
    const { rates, pass } = clocked();
    takenOf(rates, 10_000, { rate: perMinute });
    pass(600);

    const other = takenOf(rates, 200, { rate: perMinute, sourceId: 'src_b' });
    const own = takenOf(rates, 200, { rate: perMinute });

    expect([other, own]).toEqual([100, 1]);
  });

  it.for([
    ['lower', { requests: 10, perMs: 60_000, burst: 5 }, 5],
    ['higher, filled from then on', { requests: 1_000, perMs: 1_000, burst: 2_000 }, 500],
  ] as const)('counts as changed from the next request on when it is made %s', ([, changed, expected]) => {
    const { rates, pass } = clocked();
    takenOf(rates, expected === 5 ? 1 : 100, { rate: perMinute });
    pass(expected === 5 ? 0 : 500);

    expect(takenOf(rates, 3_000, { rate: changed })).toBe(expected);
  });

  it('neither gives nor takes anything for a clock that jumps back', () => {
    const { rates, pass } = clocked();
    takenOf(rates, 100, { rate: perMinute });

    pass(-4_000);
    const atOnce = takenOf(rates, 10, { rate: perMinute });
    pass(600);

    expect([atOnce, takenOf(rates, 10, { rate: perMinute })]).toEqual([0, 1]);
  });
});
