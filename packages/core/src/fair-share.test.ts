import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fairShare } from './fair-share.ts';

describe('a fair share', () => {
  it.each([
    [1, 28],
    [2, 14],
    [3, 9],
    [28, 1],
    [1_000, 1],
  ])('of 32 places, 4 of them kept, is for %i parties %i', (parties, share) => {
    expect(fairShare({ places: 32, kept: 4, parties })).toBe(share);
  });

  it('leaves what is kept to the next one, as long as there is a place for each', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1_000 }), fc.nat(), fc.nat(), (places, keptSeed, partySeed) => {
        const kept = 1 + (keptSeed % (places - 1));
        const parties = 1 + (partySeed % (places - kept));

        expect(parties * fairShare({ places, kept, parties })).toBeLessThanOrEqual(places - kept);
      }),
    );
  });
});
