import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { RejectionStep } from '../contract/verdict.ts';

export type Outcome = RejectionStep | 'accepted';

/** Where a library and we differ on purpose. The example shows it, so that no difference outlives its reason. */
export interface Difference<C> {
  readonly explains: (subject: C, outcome: Outcome) => boolean;
  readonly example: C;
}

export interface Oracle<C> {
  /** The library, as npm names it. */
  readonly library: string;
  readonly ours: (subject: C) => Outcome;
  /** Whether the library accepts. */
  readonly theirs: (subject: C) => boolean | Promise<boolean>;
  /** By reason, which is a sentence. */
  readonly differences: Readonly<Record<string, Difference<C>>>;
  /** Honest and hostile requests, in a mixture in which both verdicts occur. */
  readonly cases: fc.Arbitrary<C>;
  readonly runs: number;
}

/** The provider's own library as an oracle: on generated requests its verdict is ours, or the difference is listed. */
export function describeOracle<C>(oracle: Oracle<C>): void {
  const { library, ours, theirs, differences, cases, runs } = oracle;

  describe(`the library ${library}`, () => {
    it('gives the same verdict on generated requests, or the difference is one of the list', async () => {
      let agreed = 0;
      let bothAccepted = 0;

      await fc.assert(
        fc.asyncProperty(cases, async (subject) => {
          const outcome = ours(subject);
          const accepts = await theirs(subject);
          if ((outcome === 'accepted') === accepts) {
            agreed += 1;
            if (accepts) bothAccepted += 1;
            return;
          }
          const reasons = Object.values(differences).filter(({ explains }) => explains(subject, outcome));
          expect(reasons, `unlisted: we say ${outcome}, they ${accepts ? 'accept' : 'refuse'}`).not.toEqual([]);
        }),
        { numRuns: runs },
      );

      // The generator must meet both verdicts, or agreeing would say nothing.
      expect(agreed - bothAccepted).toBeGreaterThan(runs / 50);
      expect(bothAccepted).toBeGreaterThan(runs / 50);
    });

    it.for(Object.entries(differences))('really differs: %s', async ([, { explains, example }]) => {
      const outcome = ours(example);

      expect(outcome === 'accepted').not.toBe(await theirs(example));
      expect(explains(example, outcome)).toBe(true);
    });
  });
}

/** Bodies of webhooks: mostly JSON, sometimes bytes that are no text. */
export const oracleBodies: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
  { weight: 1, arbitrary: fc.constantFrom(Buffer.from(''), Buffer.from('\ufeff{}'), Buffer.from([0xff, 0xfe])) },
);

/** Times as headers write them, in seconds: mostly near now, sometimes what a lenient reader takes for a number. */
export function oracleTimes(nowSeconds: number, toleranceSeconds: number): fc.Arbitrary<string> {
  const most = toleranceSeconds + 2;
  return fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -most, max: most }).map((skew) => String(nowSeconds + skew)) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '',
        '0',
        '-1',
        'Infinity',
        'NaN',
        '1e9',
        `0x${nowSeconds.toString(16)}`,
        ` ${nowSeconds}`,
        `0${nowSeconds}`,
        `${nowSeconds}.0`,
        String(nowSeconds * 1000),
      ),
    },
  );
}

/** Whether a library that works on text sees other bytes than were sent: it drops a mark, or replaces what is no UTF-8. */
export function isChangedAsText(body: Uint8Array): boolean {
  return !Buffer.from(Buffer.from(body).toString('utf8')).equals(body);
}
