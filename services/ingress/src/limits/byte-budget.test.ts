import { describe, expect, it } from 'vitest';

import { createByteBudget } from './byte-budget.ts';

describe('a byte budget', () => {
  it('gives shares up to its limit, and nothing of what does not fit', () => {
    const budget = createByteBudget(100);
    const [one, other] = [budget.open(), budget.open()];

    const taken = [one.take(60), other.take(41), other.take(40), one.take(1)];

    expect(taken).toEqual([true, false, true, false]);
    expect(budget.used()).toBe(100);
  });

  it('has back what a share took, once, however often it is released', () => {
    const budget = createByteBudget(100);
    const [one, other] = [budget.open(), budget.open()];
    one.take(10);
    one.take(20);
    other.take(5);

    one.release();
    one.release();

    expect(budget.used()).toBe(5);
  });
});
