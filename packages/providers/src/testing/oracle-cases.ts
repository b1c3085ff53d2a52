import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import type { RejectionStep } from '../contract/verdict.ts';
import type { Scheme } from '../schemes/scheme.ts';

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
  /** For a library that asks the clock itself: what it is told. */
  readonly clockMs?: number;
  /** Requests that the library signed, where it can sign. */
  readonly genuine?: fc.Arbitrary<C>;
  /** Whether every difference is that it accepts what we refuse. */
  readonly weRefuseMore?: boolean;
}

/** The provider's own library as an oracle: on generated requests its verdict is ours, or the difference is listed. */
export function describeOracle<C>(oracle: Oracle<C>): void {
  const { library, ours, theirs, differences, cases, runs, clockMs, genuine, weRefuseMore = false } = oracle;

  describe(`the library ${library}`, () => {
    beforeAll(() => {
      if (clockMs !== undefined) vi.useFakeTimers({ now: clockMs, toFake: ['Date'] });
    });
    afterAll(() => {
      vi.useRealTimers();
    });

    it('gives the same verdict on generated requests, or the difference is one of the list', async () => {
      let bothRefused = 0;
      let bothAccepted = 0;

      await fc.assert(
        fc.asyncProperty(cases, async (subject) => {
          const outcome = ours(subject);
          const accepts = await theirs(subject);
          if ((outcome === 'accepted') === accepts) {
            if (accepts) bothAccepted += 1;
            else bothRefused += 1;
            return;
          }
          const reasons = Object.values(differences).filter(({ explains }) => explains(subject, outcome));
          expect(reasons, `unlisted: we say ${outcome}, they ${accepts ? 'accept' : 'refuse'}`).not.toEqual([]);
          expect(weRefuseMore && outcome === 'accepted', 'we accept what they refuse').toBe(false);
        }),
        { numRuns: runs },
      );

      // The generator must meet both verdicts, and mostly agreement, or agreeing would say nothing.
      expect(bothRefused).toBeGreaterThan(runs / 20);
      expect(bothAccepted).toBeGreaterThan(runs / 20);
      expect(bothRefused + bothAccepted).toBeGreaterThan(runs / 2);
    });

    it.for(Object.entries(differences))('really differs: %s', async ([, { explains, example }]) => {
      const outcome = ours(example);

      expect(outcome === 'accepted').not.toBe(await theirs(example));
      expect(explains(example, outcome)).toBe(true);
    });

    it.for(genuine === undefined ? [] : [genuine])('signs requests that both accept', async (signedByIt) => {
      await fc.assert(
        fc.asyncProperty(signedByIt, async (subject) => {
          expect([ours(subject), await theirs(subject)]).toEqual(['accepted', true]);
        }),
        { numRuns: 100 },
      );
    });
  });
}

/** What a scheme says to requests for one address under one secret. */
export function outcomesOf(
  scheme: Pick<Scheme, 'verify'>,
  secret: string,
  nowMs: number,
): (request: Pick<ReceivedRequest, 'headers' | 'body'> & Partial<ReceivedRequest>) => Outcome {
  const target = '/hooks/src_oracle';
  const address = { method: 'POST', target, publicUrl: `https://hooks.example.com${target}` };
  const secrets = [new Secret(secret)];
  return (request) => {
    const verdict = scheme.verify({ ...address, ...request }, secrets, nowMs);
    return verdict.accepted ? 'accepted' : verdict.step;
  };
}

/** Bodies of webhooks: mostly JSON, sometimes bytes that are no text. */
export const oracleBodies: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
  { weight: 1, arbitrary: fc.constantFrom(Buffer.from(''), Buffer.from('\ufeff{}'), Buffer.from([0xff, 0xfe])) },
);

/** Times as headers write them, in the unit of `now`: mostly near it, sometimes what a lenient reader takes for a number. */
export function oracleTimes(now: number, tolerance: number): fc.Arbitrary<string> {
  const most = tolerance + 2;
  return fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -most, max: most }).map((skew) => String(now + skew)) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '',
        '0',
        '-1',
        'Infinity',
        'NaN',
        '1e9',
        `0x${now.toString(16)}`,
        ` ${now}`,
        `0${now}`,
        `${now}.0`,
        `${now}.5`,
        '9'.repeat(30),
        String(now * 1000),
        String(Math.floor(now / 1000)),
      ),
    },
  );
}

/** A time and a body as they arrive, and as they were signed. */
export interface OracleMessage {
  readonly time: string;
  readonly body: Uint8Array;
  readonly signed: { readonly time: string; readonly body: Uint8Array };
}

/** Mostly signed as they arrive, sometimes over another body or another time. */
export function oracleMessages(times: fc.Arbitrary<string>): fc.Arbitrary<OracleMessage> {
  const tampers = fc.constantFrom('no', 'no', 'no', 'body', 'time');
  return fc.record({ time: times, body: oracleBodies, tamper: tampers }).map(({ time, body, tamper }) => ({
    time,
    body,
    signed: {
      time: tamper === 'time' ? `${time}1` : time,
      body: tamper === 'body' ? Buffer.concat([body, Buffer.from(' ')]) : body,
    },
  }));
}

/** Whether a library that works on text sees other bytes than were sent: it drops a mark, or replaces what is no UTF-8. */
export function isChangedAsText(body: Uint8Array): boolean {
  return !Buffer.from(Buffer.from(body).toString('utf8')).equals(body);
}
