import { createHmac } from 'node:crypto';

import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { type ReceivedRequest, withHeader } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import type { RejectionStep } from '../contract/verdict.ts';
import type { StandardWebhooksScheme } from '../schemes/standard-webhooks.ts';
import { svixScheme } from '../schemes/svix.ts';
import { standardScheme } from './verify.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const key = Buffer.from(secret.slice(6), 'base64');
const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30, 700);
const nowSeconds = Math.floor(nowMs / 1000);

interface Case {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly body: Uint8Array;
}

type Outcome = RejectionStep | 'accepted';
interface Oracle {
  readonly name: string;
  readonly scheme: StandardWebhooksScheme;
  /** Throws where it refuses. */
  readonly verify: (body: Buffer, headers: Record<string, string>) => unknown;
}

const standard = new Webhook(secret);
const svix = new SvixWebhook(secret);
const oracles: readonly Oracle[] = [
  {
    name: 'standardwebhooks',
    scheme: standardScheme,
    verify: (body, headers) => standard.verify(body, headers, { jsonParse: false }),
  },
  { name: 'svix', scheme: svixScheme, verify: (body, headers) => svix.verify(body, headers) },
];

function ours({ scheme }: Oracle, { id, timestamp, signature, body }: Case): Outcome {
  const request: ReceivedRequest = {
    method: 'POST',
    target: '/hooks/src_standard',
    publicUrl: 'https://hooks.example.com/hooks/src_standard',
    headers: [id, timestamp, signature].map((value, index) => [scheme.headers[index] ?? '', value] as const),
    body,
  };
  const verdict = scheme.verify(request, [new Secret(secret)], nowMs);
  return verdict.accepted ? 'accepted' : verdict.step;
}

function theirs({ scheme, verify }: Oracle, { id, timestamp, signature, body }: Case): boolean {
  const [idName, timestampName, signatureName] = scheme.headers;
  try {
    verify(Buffer.from(body), { [idName]: id, [timestampName]: timestamp, [signatureName]: signature });
    return true;
  } catch (error) {
    // A list item without a comma leaves them without a signature to compare.
    if (error instanceof TypeError) return false;
    if (error instanceof Error && /Verification/.test(error.name)) return false;
    throw error;
  }
}

/** Where they and we differ on purpose; each has an example below. */
const differences: Readonly<Record<string, (subject: Case, outcome: Outcome) => boolean>> = {
  'the library reads the time with parseInt; we want a plain decimal number': ({ timestamp }, outcome) =>
    outcome === 'malformed_header' && !/^[1-9][0-9]{0,14}$/.test(timestamp),
  'the library cuts a signature at a second comma; we compare all of it': ({ signature }) =>
    /(^| )v1,[^ ]*,/.test(signature),
  'the library signs text, so it drops a byte order mark and replaces what is not UTF-8; we sign the bytes': ({
    body,
  }) => !Buffer.from(new TextDecoder().decode(body)).equals(body),
  'the library skips what blanks at the ends of the list leave; we refuse it': ({ signature }, outcome) =>
    outcome === 'malformed_header' && /^ | $|  /.test(signature),
  'we look at no more than 16 signatures, 8 KiB and printable ASCII': ({ id, signature }, outcome) =>
    outcome === 'malformed_header' &&
    (signature.split(' ').length > 16 || signature.length > 8_192 || !/^[\x20-\x7e]*$/.test(signature + id)),
};

function signatureOf(id: string, timestamp: string | number, body: Uint8Array): string {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
}

const json = Buffer.from('{"type":"a"}');
const good = { id: 'msg_1', timestamp: String(nowSeconds), body: json };

const examples: Readonly<Record<keyof typeof differences, Case>> = {
  'the library reads the time with parseInt; we want a plain decimal number': {
    ...good,
    timestamp: `${nowSeconds}s`,
    signature: `v1,${signatureOf('msg_1', nowSeconds, json)}`,
  },
  'the library cuts a signature at a second comma; we compare all of it': {
    ...good,
    signature: `v1,${signatureOf('msg_1', nowSeconds, json)},x`,
  },
  'the library signs text, so it drops a byte order mark and replaces what is not UTF-8; we sign the bytes': {
    ...good,
    body: Buffer.from([0xff]),
    signature: `v1,${signatureOf('msg_1', nowSeconds, Buffer.from([0xff]))}`,
  },
  'the library skips what blanks at the ends of the list leave; we refuse it': {
    ...good,
    signature: ` v1,${signatureOf('msg_1', nowSeconds, json)}`,
  },
  'we look at no more than 16 signatures, 8 KiB and printable ASCII': {
    ...good,
    signature: `${'v1,x '.repeat(16)}v1,${signatureOf('msg_1', nowSeconds, json)}`,
  },
};

// They ask the clock themselves.
beforeAll(() => {
  vi.useFakeTimers({ now: nowMs });
});
afterAll(() => {
  vi.useRealTimers();
});

describe.for(oracles)('the official library $name', (oracle) => {
  it('accepts what we sign, and signs what we accept', () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: -300, max: 300 }), (text, skew) => {
        const body = Buffer.from(text);
        const timestamp = String(nowSeconds + skew);
        const request = oracle.scheme.signAt(
          withHeader(
            { method: 'POST', target: '/', publicUrl: 'https://h.example/', headers: [], body },
            oracle.scheme.headers[0],
            'msg_1',
          ),
          new Secret(secret),
          timestamp,
        );
        const signature = request.headers.at(-1)?.[1] ?? '';

        expect(signature).toBe(standard.sign('msg_1', new Date((nowSeconds + skew) * 1000), text));
        expect(theirs(oracle, { id: 'msg_1', timestamp, signature, body })).toBe(true);
        expect(ours(oracle, { id: 'msg_1', timestamp, signature, body })).toBe('accepted');
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same verdict on generated requests, or the difference is one of the list', () => {
    let agreed = 0;
    let bothAccepted = 0;

    fc.assert(
      fc.property(cases, (subject) => {
        const outcome = ours(oracle, subject);
        const accepts = theirs(oracle, subject);
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

    expect(agreed).toBeGreaterThan(300);
    expect(bothAccepted).toBeGreaterThan(10);
  });

  it.for(Object.entries(examples))('really differs: %s', ([reason, subject]) => {
    const outcome = ours(oracle, subject);

    expect(outcome === 'accepted').not.toBe(theirs(oracle, subject));
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
      `0x${nowSeconds.toString(16)}`,
      ` ${nowSeconds}`,
      `0${nowSeconds}`,
      `${nowSeconds}.5`,
      String(nowMs),
    ),
  },
);

type Write = (signed: string) => string;
const plain: Write = (signed) => `v1,${signed}`;
const writings: readonly Write[] = [
  (signed) => `v1,x v1,${signed} v1a,y`,
  (signed) => `v1a,${signed}`,
  (signed) => `v2,${signed} v1,x`,
  (signed) => `V1,${signed}`,
  (signed) => `v1=${signed}`,
  (signed) => `v1,${signed},x`,
  (signed) => `v1,${signed}=`,
  (signed) => `v1,${signed.slice(0, -1)}`,
  (signed) => `v1,${signed.toLowerCase()}`,
  (signed) => ` v1,${signed} `,
  (signed) => signed,
  () => 'v1',
  () => 'v1,',
  () => '',
];

/** Mostly signed with what is in the headers, sometimes over another id, time or body. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    id: fc.constantFrom('msg_1', 'msg_1', 'msg_1', 'msg_1', 'msg.1', '', 'é', 'a'.repeat(100)),
    timestamp: times,
    body: bodies,
    write: fc.oneof(
      { weight: 2, arbitrary: fc.constant(plain) },
      { weight: 1, arbitrary: fc.constantFrom(...writings) },
    ),
    tamper: fc.constantFrom('no', 'no', 'no', 'body', 'time', 'id'),
  })
  .map(({ id, timestamp, body, write, tamper }) => {
    const over = tamper === 'body' ? Buffer.concat([body, Buffer.from(' ')]) : body;
    const signed = signatureOf(tamper === 'id' ? `${id}x` : id, tamper === 'time' ? `${timestamp}1` : timestamp, over);
    return { id, timestamp, body, signature: write(signed) };
  });
