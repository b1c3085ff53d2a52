import { generateKeyPairSync, sign } from 'node:crypto';

import fc from 'fast-check';
import Telnyx from 'telnyx';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import type { RejectionStep } from '../contract/verdict.ts';
import { telnyxScheme } from './verify.ts';

/** The official library as an oracle: on generated requests, hostile ones included, its verdict is ours or the difference is listed. */
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
const { webhooks: library } = new Telnyx({ apiKey: 'KEY_oracle', publicKey: key });
const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30, 700);
const nowSeconds = Math.floor(nowMs / 1000);

interface Case {
  readonly timestamp: string;
  readonly signature: string;
  readonly body: Uint8Array;
}

type Outcome = RejectionStep | 'accepted';

function ours({ timestamp, signature, body }: Case): Outcome {
  const request: ReceivedRequest = {
    method: 'POST',
    target: '/hooks/src_telnyx',
    publicUrl: 'https://hooks.example.com/hooks/src_telnyx',
    headers: [
      ['Telnyx-Signature-Ed25519', signature],
      ['Telnyx-Timestamp', timestamp],
    ],
    body,
  };
  const verdict = telnyxScheme.verify(request, [new Secret(key)], nowMs);
  return verdict.accepted ? 'accepted' : verdict.step;
}

async function theirs({ timestamp, signature, body }: Case): Promise<boolean> {
  const headers = { 'telnyx-signature-ed25519': signature, 'telnyx-timestamp': timestamp };
  try {
    await library.unwrap(Buffer.from(body).toString('utf8'), { headers });
    return true;
  } catch (error) {
    // It reads the JSON once the signature is proven.
    if (error instanceof SyntaxError) return true;
    if (error instanceof Error && error.name === 'TelnyxWebhookVerificationError') return false;
    throw error;
  }
}

/** Where the two differ on purpose; each has an example below. */
const differences: Readonly<Record<string, (subject: Case, outcome: Outcome) => boolean>> = {
  'the library takes leading zeros in the time; we want a plain decimal number': ({ timestamp }, outcome) =>
    outcome === 'malformed_header' && timestamp.startsWith('0'),
  'the library takes spare bits at the end of base64; we take one spelling': ({ signature }, outcome) =>
    outcome === 'malformed_header' && Buffer.from(signature, 'base64').toString('base64') !== signature,
  'the library verifies text, so it replaces what is not UTF-8; we verify the bytes': ({ body }) =>
    !Buffer.from(Buffer.from(body).toString('utf8')).equals(body),
};

function signatureOf(timestamp: string | number, body: Uint8Array): string {
  return sign(null, Buffer.concat([Buffer.from(`${timestamp}|`), body]), privateKey).toString('base64');
}

const json = Buffer.from('{"data":{}}');

/** The last character but the padding, with its spare bits set. */
function respelled(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const last = alphabet.indexOf(signature.charAt(85));
  return `${signature.slice(0, 85)}${alphabet.charAt(last + 1)}==`;
}

const examples: Readonly<Record<keyof typeof differences, Case>> = {
  'the library takes leading zeros in the time; we want a plain decimal number': {
    timestamp: `0${nowSeconds}`,
    signature: signatureOf(`0${nowSeconds}`, json),
    body: json,
  },
  'the library takes spare bits at the end of base64; we take one spelling': {
    timestamp: String(nowSeconds),
    signature: respelled(signatureOf(nowSeconds, json)),
    body: json,
  },
  'the library verifies text, so it replaces what is not UTF-8; we verify the bytes': {
    timestamp: String(nowSeconds),
    signature: signatureOf(nowSeconds, Buffer.from([0xff])),
    body: Buffer.from([0xff]),
  },
};

// It asks the clock itself.
beforeAll(() => {
  vi.useFakeTimers({ now: nowMs, toFake: ['Date'] });
});
afterAll(() => {
  vi.useRealTimers();
});

describe('the official telnyx library', () => {
  it('accepts what we accept, and refuses what we refuse, or the difference is one of the list', async () => {
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
        const reasons = Object.keys(differences).filter((reason) => differences[reason]?.(subject, outcome) === true);
        expect(reasons, `unlisted: we say ${outcome}, the library ${accepts ? 'accepts' : 'refuses'}`).not.toEqual([]);
      }),
      { numRuns: 1_000 },
    );

    expect(agreed).toBeGreaterThan(300);
    expect(bothAccepted).toBeGreaterThan(10);
  });

  it.for(Object.entries(examples))('really differs: %s', async ([reason, subject]) => {
    const outcome = ours(subject);

    expect(outcome === 'accepted').not.toBe(await theirs(subject));
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
      '1e9',
      ` ${nowSeconds}`,
      `0${nowSeconds}`,
      `${nowSeconds}.5`,
      String(nowMs),
      '9'.repeat(30),
    ),
  },
);

const writings: readonly ((signed: string) => string)[] = [
  ...Array.from({ length: 8 }, () => (signed: string) => signed),
  (signed) => signed.replace(/==$/, ''),
  (signed) => signed.replaceAll('+', '-').replaceAll('/', '_'),
  (signed) => ` ${signed}`,
  (signed) => signed.slice(0, 40),
  (signed) => Buffer.from(signed, 'base64').toString('hex'),
  respelled,
  () => '',
  () => 'A'.repeat(86) + '==',
];

/** Mostly signed with what is in the headers, sometimes over another time or body. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    timestamp: times,
    body: bodies,
    write: fc.constantFrom(...writings),
    tamper: fc.constantFrom('no', 'no', 'no', 'body', 'time'),
  })
  .map(({ timestamp, body, write, tamper }) => {
    const over = tamper === 'body' ? Buffer.concat([body, Buffer.from(' ')]) : body;
    return { timestamp, body, signature: write(signatureOf(tamper === 'time' ? `${timestamp}1` : timestamp, over)) };
  });
