import { describe, expect, it } from 'vitest';

import { parseTiers, tierFor } from './tiers.ts';

describe('retry tiers', () => {
  it('are read shortest first', () => {
    expect(parseTiers(['10s', '1m', '1h'])).toEqual([
      { name: '10s', delayMs: 10_000 },
      { name: '1m', delayMs: 60_000 },
      { name: '1h', delayMs: 3_600_000 },
    ]);
  });

  it.each([[[]], [['10']], [['1m', '10s']], [['10s', '10s']], [['0s']]])('are refused as %j', (names) => {
    expect(() => parseTiers(names)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });

  it('longer than a record may be retried in all are refused, and named', () => {
    expect(() => parseTiers(['10s', '1m'], 59_999)).toThrow('1m');
    expect(parseTiers(['10s', '1m'], 60_000)).toHaveLength(2);
  });

  it('are taken in turn, the last one again and again', () => {
    const tiers = parseTiers(['10s', '1m']);

    expect([1, 2, 3, 9].map((retry) => tierFor(tiers, retry).name)).toEqual(['10s', '1m', '1m', '1m']);
  });

  it('are skipped to the first that is as long as the wait that was asked for', () => {
    const tiers = parseTiers(['10s', '1m', '10m']);

    expect([5_000, 10_000, 11_000, 3_600_000].map((waitMs) => tierFor(tiers, 1, waitMs).name)).toEqual([
      '10s',
      '10s',
      '1m',
      '10m',
    ]);
    expect(tierFor(tiers, 2, 1_000).name).toBe('1m');
  });
});
