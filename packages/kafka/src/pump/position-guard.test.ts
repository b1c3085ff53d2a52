import { describe, expect, it } from 'vitest';

import { PositionGuard } from './position-guard.ts';

describe('the position guard', () => {
  it('takes batches that follow each other', () => {
    const guard = new PositionGuard(false);

    expect(guard.accepts(40n)).toBe(true);
    guard.moveTo(50n);

    expect(guard.accepts(50n)).toBe(true);
  });

  it('refuses a batch from ahead of the position once, so that nothing between is passed over', () => {
    const guard = new PositionGuard(false);
    guard.accepts(40n);
    guard.moveTo(50n);

    expect(guard.accepts(70n)).toBe(false);
    expect(guard.accepts(50n)).toBe(true);
  });

  it('believes a gap that comes again', () => {
    const guard = new PositionGuard(false);
    guard.accepts(40n);
    guard.moveTo(50n);

    expect(guard.accepts(70n)).toBe(false);
    expect(guard.accepts(70n)).toBe(true);
  });

  it('doubts the first batch of a generation that began while fetches were under way', () => {
    const guard = new PositionGuard(true);

    expect(guard.accepts(70n)).toBe(false);
    expect(guard.accepts(50n)).toBe(false);
    expect(guard.accepts(50n)).toBe(true);
  });
});
