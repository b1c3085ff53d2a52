import { describe, expect, it } from 'vitest';

import { createTurns, type Turn } from './turns.ts';

/** Whether the turn is granted once everything that is already resolved has happened. */
async function isGranted(turn: Turn): Promise<boolean> {
  const settled = new Promise<false>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([turn.granted.then(() => true), settled]);
}

describe('turns', () => {
  it('are granted up to the limit, then in the order asked for', async () => {
    const take = createTurns(2);
    const [first, second, third, fourth] = [take(), take(), take(), take()];

    const atFirst = await Promise.all([first, second, third, fourth].map(isGranted));
    second.release();
    const afterOne = await Promise.all([third, fourth].map(isGranted));
    first.release();
    const afterTwo = await isGranted(fourth);

    expect(atFirst).toEqual([true, true, false, false]);
    expect(afterOne).toEqual([true, false]);
    expect(afterTwo).toBe(true);
  });

  it('are free again once everyone is done', async () => {
    const take = createTurns(1);

    take().release();
    take().release();

    expect(await isGranted(take())).toBe(true);
    expect(await isGranted(take())).toBe(false);
  });

  it('that are given up in the line are never granted and hold nobody up', async () => {
    const take = createTurns(1);
    const [first, givenUp, last] = [take(), take(), take()];

    givenUp.release();
    first.release();

    expect(await isGranted(last)).toBe(true);
    expect(await isGranted(givenUp)).toBe(false);
  });
});
