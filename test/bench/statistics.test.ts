import { expect, it } from 'vitest';

import { median, ratios, spread } from './statistics.ts';

it('the median is the middle of the sorted sample, whatever order it came in', () => {
  const odd = median([9, 1, 5]);
  const even = median([9, 1, 5, 3]);

  expect([odd, even]).toEqual([5, 4]);
});

it('one outlier moves the spread and not the median', () => {
  const sample = [10, 11, 12, 13, 900];

  expect(median(sample)).toBe(12);
  expect(spread(sample)).toEqual([10, 900]);
});

it('a ratio is taken inside each round, so a slow round that slows both sides does not show in it', () => {
  const found = ratios([100, 50, 100], [200, 100, 200]);

  expect(found).toEqual([0.5, 0.5, 0.5]);
});

it('a round in which one side is missing is refused', () => {
  expect(() => ratios([1, 2], [1])).toThrow(RangeError);
});
