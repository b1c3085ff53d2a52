import { createHmac } from 'node:crypto';

import fc from 'fast-check';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import type { RejectionStep } from '../contract/verdict.ts';
import { stripeScheme } from './verify.ts';

/** The official library as an oracle: on generated requests, hostile ones included, its verdict is ours or the difference is listed. */
const { webhooks } = new Stripe('sk_test_oracle');
const { signature: library } = webhooks;
const secret = 'whsec_oracle_0123456789abcdef';
const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30, 700);
const nowSeconds = Math.floor(nowMs / 1000);

interface Case {
  readonly header: string;
  readonly body: Uint8Array;
}

type Outcome = RejectionStep | 'accepted';

function ours({ header, body }: Case): Outcome {
  const request: ReceivedRequest = {
    method: 'POST',
    target: '/hooks/src_stripe',
    publicUrl: 'https://hooks.example.com/hooks/src_stripe',
    headers: [['stripe-signature', header]],
    body,
  };
  const verdict = stripeScheme.verify(request, [new Secret(secret)], nowMs);
  return verdict.accepted ? 'accepted' : verdict.step;
}

function theirs({ header, body }: Case): boolean {
  try {
    if (library === null) throw new Error('the library has no verifier');
    return library.verifyHeader(Buffer.from(body), header, secret, 300, undefined, nowMs);
  } catch (error) {
    // An empty `v1=` makes its comparison throw a plain Error: refused as well.
    if (error instanceof Error && error.message.startsWith('secureCompare')) return false;
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
    throw error;
  }
}

/** Where the two differ on purpose. Each has an example below that shows the difference, so none can outlive its reason. */
const differences: Readonly<Record<string, (subject: Case, outcome: Outcome) => boolean>> = {
  'the library looks at the age only; we refuse the future, too': (_subject, outcome) =>
    outcome === 'timestamp_in_future',
  'the library reads the time with parseInt; we want a plain decimal number': ({ header }, outcome) =>
    outcome === 'malformed_header' && timesIn(header).some((time) => !/^[1-9][0-9]{0,14}$/.test(time)),
  'of two times the library takes the last; we refuse': ({ header }, outcome) =>
    outcome === 'malformed_header' && timesIn(header).length > 1,
  'the library cuts a signature at a second "="; we compare all of it': ({ header }) => /(^|,)v1=[^,]*=/.test(header),
  'the library signs text, so it drops a byte order mark and replaces what is not UTF-8; we sign the bytes': ({
    body,
  }) => !Buffer.from(new TextDecoder().decode(body)).equals(body),
  'we look at no more than 16 signatures, 8 KiB and printable ASCII': ({ header }, outcome) =>
    outcome === 'malformed_header' &&
    (header.split('v1=').length > 17 || header.length > 8_192 || !/^[\x20-\x7e]*$/.test(header)),
};

function timesIn(header: string): readonly string[] {
  return header
    .split(',')
    .filter((item) => item.startsWith('t='))
    .map((item) => item.slice(2));
}

/** By hand, so that a time or a body that the library would rewrite is signed as it is. */
function signature(time: string | number, body: Uint8Array): string {
  return createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex');
}

const json = Buffer.from('{"id":"evt_1","object":"event"}');

/** One example a difference: what it looks like when the verdicts part. */
const examples: Readonly<Record<keyof typeof differences, Case>> = {
  'the library looks at the age only; we refuse the future, too': {
    header: `t=${nowSeconds + 301},v1=${signature(nowSeconds + 301, json)}`,
    body: json,
  },
  'the library reads the time with parseInt; we want a plain decimal number': {
    header: `t= ${nowSeconds}s,v1=${signature(nowSeconds, json)}`,
    body: json,
  },
  'of two times the library takes the last; we refuse': {
    header: `t=1,t=${nowSeconds},v1=${signature(nowSeconds, json)}`,
    body: json,
  },
  'the library cuts a signature at a second "="; we compare all of it': {
    header: `t=${nowSeconds},v1=${signature(nowSeconds, json)}=`,
    body: json,
  },
  'the library signs text, so it drops a byte order mark and replaces what is not UTF-8; we sign the bytes': {
    header: `t=${nowSeconds},v1=${signature(nowSeconds, Buffer.from('\ufeff{}'))}`,
    body: Buffer.from('\ufeff{}'),
  },
  'we look at no more than 16 signatures, 8 KiB and printable ASCII': {
    header: `t=${nowSeconds},v1=${signature(nowSeconds, json)}${',v1=0'.repeat(16)}`,
    body: json,
  },
};

describe('the official stripe library', () => {
  it('signs requests that are accepted', () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: -300, max: 300 }), (payload, skew) => {
        const header = webhooks.generateTestHeaderString({ payload, secret, timestamp: nowSeconds + skew });

        expect(ours({ header, body: Buffer.from(payload) })).toBe('accepted');
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same verdict on generated requests, or the difference is one of the list', () => {
    let agreed = 0;
    let bothAccepted = 0;

    fc.assert(
      fc.property(cases, (subject) => {
        const outcome = ours(subject);
        const accepts = theirs(subject);
        if ((outcome === 'accepted') === accepts) {
          agreed += 1;
          if (accepts) bothAccepted += 1;
          return;
        }
        const reasons = Object.keys(differences).filter((reason) => differences[reason]?.(subject, outcome) === true);
        expect(reasons, `unlisted: we say ${outcome}, the library ${accepts ? 'accepts' : 'refuses'}`).not.toEqual([]);
      }),
      { numRuns: 1_500 },
    );

    // The generator must meet both verdicts, or agreeing would say nothing.
    expect(agreed).toBeGreaterThan(300);
    expect(bothAccepted).toBeGreaterThan(10);
  });

  it.for(Object.entries(examples))('really differs: %s', ([reason, subject]) => {
    const outcome = ours(subject);

    expect(outcome === 'accepted').not.toBe(theirs(subject));
    expect(differences[reason]?.(subject, outcome)).toBe(true);
  });

  it('names every difference with an example', () => {
    expect(Object.keys(examples).sort()).toEqual(Object.keys(differences).sort());
  });
});

const bodies: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
  { weight: 1, arbitrary: fc.constantFrom(Buffer.from(''), Buffer.from('\ufeff{}'), Buffer.from([0xff, 0xfe])) },
);

const times: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -302, max: 302 }).map((skew) => String(nowSeconds + skew)) },
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
      String(nowMs),
    ),
  },
);

type Write = (time: string, signed: string) => string;
const writings: readonly Write[] = [
  (time, signed) => `t=${time},v1=${signed}`,
  (time, signed) => `t=${time},v1=${signed}`,
  (time, signed) => `v1=${signed},t=${time}`,
  (time, signed) => `t=${time},v0=${signed}`,
  (time, signed) => `t=${time},v0=${signed},v1=${'0'.repeat(64)}`,
  (time, signed) => `t=${time},v1=${'0'.repeat(64)},v1=${signed}`,
  (time, signed) => `t=${time}, v1=${signed}`,
  (time, signed) => `t=${time},v1=${signed.toUpperCase()}`,
  (time, signed) => `t=${time},v1=${signed}=`,
  (time, signed) => `t=${time},v1=${signed} `,
  (time, signed) => `t=${time},v1=${signed.slice(0, -1)}`,
  (time) => `t=${time},v1=`,
  (time, signed) => `t=${time},t=1,v1=${signed}`,
  (time, signed) => `T=${time},V1=${signed}`,
  (_time, signed) => signed,
  (time) => `t=${time}`,
  (time, signed) => `t=${time};v1=${signed}`,
  (time, signed) => `,,t=${time},,v1=${signed},=,x`,
  (time, signed) => `t=${time},v1=${signed},v1=é`,
];

/** Mostly signed with what is in the header, sometimes with another body or another time. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    body: bodies,
    time: times,
    write: fc.constantFrom(...writings),
    tamper: fc.constantFrom('no', 'no', 'no', 'body', 'time'),
  })
  .map(({ body, time, write, tamper }) => {
    const signedBody = tamper === 'body' ? Buffer.concat([body, Buffer.from(' ')]) : body;
    const signedTime = tamper === 'time' ? `${time}1` : time;
    return { header: write(time, signature(signedTime, signedBody)), body };
  });
