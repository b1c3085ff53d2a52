import { expect, it } from 'vitest';

import { nextLookMs } from './limits.ts';

it.each([
  [0, 15_000],
  [300, 15_000],
  [400, 20_000],
  [10_000, 500_000],
])(
  'after a look of %d ms the next one comes %d ms later: looks take two per cent of the time at most',
  (tookMs, waitMs) => {
    expect(nextLookMs(tookMs)).toBe(waitMs);
  },
);
