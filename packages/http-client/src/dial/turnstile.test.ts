import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createTurnstile, type Turnstile } from './turnstile.ts';

interface Gate {
  readonly turnstile: Turnstile;
  /** In the order in which they were let in. */
  readonly inside: string[];
  readonly wait: (share: string, isWanted?: () => boolean) => void;
}

function gate(places: number, kept: number): Gate {
  const turnstile = createTurnstile({ places, kept });
  const inside: string[] = [];
  return {
    turnstile,
    inside,
    wait: (share, isWanted = () => true) =>
      turnstile.wait({ share: share === '' ? undefined : share, enter: () => inside.push(share), isWanted }),
  };
}

const times = (count: number, run: () => void): void => Array.from({ length: count }).forEach(run);

describe('connections to one origin', () => {
  it('are there for whoever comes next, however many others want', () => {
    const { inside, wait } = gate(8, 2);
    times(20, () => wait('a'));

    wait('b');

    expect(inside).toEqual(['a', 'a', 'a', 'a', 'a', 'a', 'b']);
  });

  it('are all had by requests that are nobody’s', () => {
    const { inside, wait } = gate(8, 2);

    times(20, () => wait(''));

    expect(inside).toHaveLength(8);
  });

  it('are given back to those who wait, by turns of shares', () => {
    const { turnstile, inside, wait } = gate(8, 2);
    times(6, () => wait('a'));
    times(4, () => wait('b'));
    times(2, () => wait('c'));
    inside.length = 0;

    times(2, () => turnstile.leave('a'));

    expect(inside).toEqual(['b', 'c']);
  });

  it('are given to nobody who wants none any more', () => {
    const { turnstile, inside, wait } = gate(2, 1);
    wait('a');
    wait('a', () => false);
    wait('a');

    turnstile.leave('a');

    expect(inside).toEqual(['a', 'a']);
  });

  it('are never more than there are, and never idle while somebody may have one', () => {
    const step = fc.record({ isLeaving: fc.boolean(), share: fc.constantFrom('', 'a', 'b', 'c') });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 200 }), (places, steps) => {
        const { turnstile, inside, wait } = gate(places, Math.floor(places / 4));
        const left: string[] = [];
        let asked = 0;
        const now = (): number => inside.length - left.length;
        const has = (share: string): boolean =>
          inside.filter((each) => each === share).length > left.filter((each) => each === share).length;

        for (const { isLeaving, share } of steps) {
          if (!isLeaving) {
            asked += 1;
            wait(share);
          } else if (has(share)) {
            left.push(share);
            turnstile.leave(share === '' ? undefined : share);
          }
          expect(now()).toBeLessThanOrEqual(places);
        }
        // Everybody comes in once the others leave.
        for (let each = inside.find(has); each !== undefined; each = inside.find(has)) {
          left.push(each);
          turnstile.leave(each === '' ? undefined : each);
        }

        expect(inside).toHaveLength(asked);
      }),
    );
  });
});
