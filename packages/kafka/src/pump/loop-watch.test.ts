import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { LoopWatch } from './loop-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function watchOf(limitMs: number) {
  const told: string[] = [];
  const watch = new LoopWatch({ limitMs, onStall: () => told.push('stall'), onDead: () => told.push('dead') });
  watch.start();
  return { watch, told };
}

describe('the watch over the fetch loop', () => {
  it('says nothing while the loop moves', () => {
    const { watch, told } = watchOf(60_000);

    for (let second = 0; second < 300; second += 1) {
      vi.advanceTimersByTime(1_000);
      watch.moved();
    }

    expect(told).toEqual([]);
    watch.stop();
  });

  it('tells of a stall first, and of its death when that did not help', () => {
    const { watch, told } = watchOf(60_000);

    vi.advanceTimersByTime(65_000);
    expect(told).toEqual(['stall']);
    vi.advanceTimersByTime(65_000);

    expect(told).toEqual(['stall', 'dead']);
    watch.stop();
  });

  it('begins anew when the loop moved again', () => {
    const { watch, told } = watchOf(60_000);

    vi.advanceTimersByTime(65_000);
    watch.moved();
    vi.advanceTimersByTime(65_000);

    expect(told).toEqual(['stall', 'stall']);
    watch.stop();
  });

  it('is silent once it is stopped', () => {
    const { watch, told } = watchOf(60_000);

    watch.stop();
    vi.advanceTimersByTime(600_000);

    expect(told).toEqual([]);
  });
});
