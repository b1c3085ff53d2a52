import { describe, expect, it } from 'vitest';

import { quantileOf } from './histogram.ts';

describe('a quantile of a histogram', () => {
  it.each([
    [0.5, 0.1],
    [0.25, 0.05],
    [0.75, 0.15],
    [1, 0.2],
  ])('lies where its share of evenly spread observations ends: %d', (quantile, expected) => {
    const histogram = new Map([
      [0.1, 5],
      [0.2, 10],
      [Infinity, 10],
    ]);

    expect(quantileOf(histogram, quantile)).toBeCloseTo(expected);
  });

  it('of buckets in any order is the same', () => {
    const histogram = new Map([
      [Infinity, 4],
      [0.2, 4],
      [0.1, 0],
    ]);

    expect(quantileOf(histogram, 0.5)).toBeCloseTo(0.15);
  });

  it('beyond the last bound is that bound, because nothing more is known', () => {
    const histogram = new Map([
      [10, 1],
      [Infinity, 100],
    ]);

    expect(quantileOf(histogram, 0.99)).toBe(10);
  });

  it('of no observation is not known', () => {
    expect(quantileOf(new Map(), 0.5)).toBeUndefined();
    expect(quantileOf(new Map([[Infinity, 0]]), 0.5)).toBeUndefined();
  });
});
