import { expect, it } from 'vitest';

import { judge } from './ledger.ts';

it('a promised event that is found nowhere is lost, and one that waits or was dead-lettered is not', () => {
  const verdict = judge(new Set(['a', 'b', 'c', 'd']), { effects: ['a'], deadLetters: ['b'], waiting: ['c'] });

  expect(verdict.lost).toEqual(['d']);
  expect(verdict).toMatchObject({ promised: 4, applied: 1, deadLettered: 1, waiting: 1 });
});

it('an effect applied twice is doubled, also for an event nobody was promised', () => {
  const verdict = judge(new Set(['a']), { effects: ['a', 'a', 'x', 'x'], deadLetters: [], waiting: [] });

  expect(verdict.doubled).toEqual(['a', 'x']);
  expect(verdict.lost).toEqual([]);
});
