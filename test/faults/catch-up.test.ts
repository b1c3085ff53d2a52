import { expect, it } from 'vitest';

import { catchUpOf, type Effect } from './catch-up.ts';

const life = { bornAtMs: 1_000, endedAtMs: 9_000 };
const calm = { lagMs: 500, inARow: 3 };

/** Effects 100 ms apart. */
function effects(firstAtMs: number, lags: readonly number[]): readonly Effect[] {
  return lags.map((lagMs, index) => ({ appliedAtMs: firstAtMs + index * 100, lagMs }));
}

it('a consumer has caught up where its effects begin to be calm and stay so for a while', () => {
  const caught = catchUpOf(life, effects(3_000, [2_000, 400, 900, 300, 200, 100, 2_000]), calm);

  expect(caught).toEqual({ idleMs: 2_000, workedMs: 300, isDone: true });
});

it('one that ends before that worked at it until its end', () => {
  const caught = catchUpOf(life, effects(3_000, [2_000, 1_900, 300, 300]), calm);

  expect(caught).toEqual({ idleMs: 2_000, workedMs: 6_000, isDone: false });
});

it('one that ends before its first effect says nothing of it', () => {
  expect(catchUpOf(life, effects(900, [10]), calm)).toBeUndefined();
  expect(catchUpOf(life, effects(9_100, [10, 10, 10]), calm)).toBeUndefined();
});
