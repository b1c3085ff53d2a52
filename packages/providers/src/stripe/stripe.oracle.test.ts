import { createHmac } from 'node:crypto';

import fc from 'fast-check';
import Stripe from 'stripe';

import { describeOracle, oracleMessages, oracleTimes, outcomesOf, type Outcome } from '../testing/oracle-cases.ts';
import { stripeScheme } from './verify.ts';

const { webhooks } = new Stripe('sk_test_oracle');
const { signature: library } = webhooks;
const secret = 'whsec_oracle_0123456789abcdef';
const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30, 700);
const nowSeconds = Math.floor(nowMs / 1000);
const outcomeOf = outcomesOf(stripeScheme, secret, nowMs);

interface Case {
  readonly header: string;
  readonly body: Uint8Array;
}

function ours({ header, body }: Case): Outcome {
  return outcomeOf({ headers: [['stripe-signature', header]], body });
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
const marked = Buffer.from('\ufeff{}');

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

const cases: fc.Arbitrary<Case> = fc
  .record({ message: oracleMessages(oracleTimes(nowSeconds, 300)), write: fc.constantFrom(...writings) })
  .map(({ message: { time, body, signed }, write }) => {
    return { header: write(time, signature(signed.time, signed.body)), body };
  });

const genuine: fc.Arbitrary<Case> = fc
  .record({ payload: fc.json(), skew: fc.integer({ min: -300, max: 300 }) })
  .map(({ payload, skew }) => ({
    header: webhooks.generateTestHeaderString({ payload, secret, timestamp: nowSeconds + skew }),
    body: Buffer.from(payload),
  }));

describeOracle<Case>({
  library: 'stripe',
  ours,
  theirs,
  cases,
  runs: 1_500,
  genuine,
  differences: {
    'the library looks at the age only; we refuse the future, too': {
      explains: (_subject, outcome) => outcome === 'timestamp_in_future',
      example: { header: `t=${nowSeconds + 301},v1=${signature(nowSeconds + 301, json)}`, body: json },
    },
    'the library reads the time with parseInt; we want a plain decimal number': {
      explains: ({ header }, outcome) =>
        outcome === 'malformed_header' && timesIn(header).some((time) => !/^[1-9][0-9]{0,14}$/.test(time)),
      example: { header: `t= ${nowSeconds}s,v1=${signature(nowSeconds, json)}`, body: json },
    },
    'of two times the library takes the last; we refuse': {
      explains: ({ header }, outcome) => outcome === 'malformed_header' && timesIn(header).length > 1,
      example: { header: `t=1,t=${nowSeconds},v1=${signature(nowSeconds, json)}`, body: json },
    },
    'the library cuts a signature at a second "="; we compare all of it': {
      explains: ({ header }) => /(^|,)v1=[^,]*=/.test(header),
      example: { header: `t=${nowSeconds},v1=${signature(nowSeconds, json)}=`, body: json },
    },
    'the library signs text, so it drops a byte order mark and replaces what is not UTF-8; we sign the bytes': {
      explains: ({ body }) => !Buffer.from(new TextDecoder().decode(body)).equals(body),
      example: { header: `t=${nowSeconds},v1=${signature(nowSeconds, marked)}`, body: marked },
    },
    'we look at no more than 16 signatures, 8 KiB and printable ASCII': {
      explains: ({ header }, outcome) =>
        outcome === 'malformed_header' &&
        (header.split('v1=').length > 17 || header.length > 8_192 || !/^[\x20-\x7e]*$/.test(header)),
      example: { header: `t=${nowSeconds},v1=${signature(nowSeconds, json)}${',v1=0'.repeat(16)}`, body: json },
    },
  },
});
