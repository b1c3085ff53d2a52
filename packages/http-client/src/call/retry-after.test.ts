import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { retryAfterMs } from './retry-after.ts';

const nowMs = Date.UTC(2026, 10, 6, 8, 49, 37);

describe('a Retry-After', () => {
  it.each<[string, number | undefined]>([
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['0.5', 500],
    ['1.0001', 1_001],
    ['9999999999', 86_400_000],
    ['Fri, 06 Nov 2026 08:49:39 GMT', 2_000],
    ['Friday, 06-Nov-26 08:49:39 GMT', 2_000],
    ['Fri Nov  6 08:49:39 2026', 2_000],
    ['Fri, 06 Nov 2026 08:00:00 GMT', 0],
    ['Fri, 06 Nov 2099 08:00:00 GMT', 86_400_000],
    ['', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['soon', undefined],
    ['2026-11-06T08:49:39Z', undefined],
    ['Fri, 99 Nov 2026 08:49:39 GMT', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
  ])('"%s" is a wait of %s ms', (text, expected) => {
    expect(retryAfterMs(text, nowMs)).toBe(expected);
  });

  it('that is missing is no wait', () => {
    expect(retryAfterMs(undefined, nowMs)).toBeUndefined();
  });

  it('is a wait of at most a day or none, whatever it says', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.double().map(String),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        ),
        (text) => {
          const wait = retryAfterMs(text, nowMs);
          return wait === undefined || (wait >= 0 && wait <= 86_400_000);
        },
      ),
      { numRuns: 200 },
    );
  });
});
