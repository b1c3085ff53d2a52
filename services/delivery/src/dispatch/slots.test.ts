import { describe, expect, it } from 'vitest';

import { createSlots, slotClassOf } from './slots.ts';

const health = {
  lastSuccessAtMs: null,
  lastFailureAtMs: null,
  lastCode: null,
  failingSinceMs: null,
  failures: 0,
  told: 0,
};

describe('the slots', () => {
  it('leave the half to those that take their messages, and half of the rest to those of whom nothing is known', () => {
    const slots = createSlots(16);
    const takeAll = (of: 'proven' | 'unproven' | 'suspect'): number => {
      let count = 0;
      for (; slots.isFree(of); count += 1) slots.take(of);
      return count;
    };

    expect([takeAll('suspect'), takeAll('unproven'), takeAll('proven')]).toEqual([4, 4, 8]);
    expect(slots.taken()).toBe(16);
  });

  it('are all there for those that take their messages', () => {
    const slots = createSlots(4);
    const giveBack = [1, 2, 3, 4].map(() => slots.take('proven'));

    expect(slots.isFree('proven')).toBe(false);
    giveBack[0]?.();
    expect(slots.isFree('proven')).toBe(true);
  });

  it('go by what the last request came to, and how long it took', () => {
    expect(slotClassOf(health, 0)).toBe('unproven');
    expect(slotClassOf({ ...health, lastSuccessAtMs: 1 }, 2_000)).toBe('proven');
    expect(slotClassOf({ ...health, lastSuccessAtMs: 1 }, 2_001)).toBe('suspect');
    expect(slotClassOf({ ...health, lastSuccessAtMs: 1, failingSinceMs: 2 }, 0)).toBe('suspect');
  });
});
