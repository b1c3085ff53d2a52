import { expect, it } from 'vitest';

import { quietRounds, type Round } from './quiet-rounds.ts';

const run = { rounds: 2, signal: new AbortController().signal, onProgress: () => undefined };

function rounds(shares: readonly number[]): () => Promise<Round<number>> {
  let next = 0;
  return () => {
    const measured = next;
    next += 1;
    return Promise.resolve({ measured, others: shares[measured] ?? 0 });
  };
}

it('the first round does not count, and a round beside the work of others is measured again', async () => {
  const found = await quietRounds(run, rounds([0, 0.2, 0.05, 0.06, 0.01]));

  expect(found.rounds).toEqual([2, 4]);
  expect(found.note).toMatch(/^2 of 4 rounds were void/);
});

it('on a busy machine nothing is measured, not even the quiet rounds there were', async () => {
  const found = await quietRounds(run, rounds([0, 0.01, 0.2, 0.2, 0.2, 0.2, 0.2]));

  expect(found.rounds).toEqual([]);
  expect(found.note).toMatch(/^Machine busy, not measured: 5 of 6 rounds were void/);
});

it('where the system does not say who used it, no round is void', async () => {
  const found = await quietRounds(run, rounds([Number.NaN, Number.NaN, Number.NaN]));

  expect(found.rounds).toEqual([1, 2]);
});
