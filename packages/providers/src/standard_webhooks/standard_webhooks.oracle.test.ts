import { createHmac } from 'node:crypto';

import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, it } from 'vitest';

import { withHeader } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import type { StandardWebhooksScheme } from '../schemes/standard-webhooks.ts';
import { svixScheme } from '../schemes/svix.ts';
import {
  type Difference,
  describeOracle,
  oracleMessages,
  oracleTimes,
  outcomesOf,
  type Outcome,
} from '../testing/oracle-cases.ts';
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

interface Library {
  readonly name: string;
  readonly scheme: StandardWebhooksScheme;
  /** Throws where it refuses. */
  readonly verify: (body: Buffer, headers: Record<string, string>) => unknown;
}

const standard = new Webhook(secret);
const svix = new SvixWebhook(secret);
const libraries: readonly Library[] = [
  {
    name: 'standardwebhooks',
    scheme: standardScheme,
    verify: (body, headers) => standard.verify(body, headers, { jsonParse: false }),
  },
  { name: 'svix', scheme: svixScheme, verify: (body, headers) => svix.verify(body, headers) },
];

function ours({ scheme }: Library): (subject: Case) => Outcome {
  const outcomeOf = outcomesOf(scheme, secret, nowMs);
  return ({ id, timestamp, signature, body }) => {
    const headers = [id, timestamp, signature].map((value, index) => [scheme.headers[index] ?? '', value] as const);
    return outcomeOf({ headers, body });
  };
}

function theirs({ scheme, verify }: Library): (subject: Case) => boolean {
  const [idName, timestampName, signatureName] = scheme.headers;
  return ({ id, timestamp, signature, body }) => {
    try {
      verify(Buffer.from(body), { [idName]: id, [timestampName]: timestamp, [signatureName]: signature });
      return true;
    } catch (error) {
      // A list item without a comma leaves them without a signature to compare.
      if (error instanceof TypeError) return false;
      if (error instanceof Error && /Verification/.test(error.name)) return false;
      throw error;
    }
  };
}

function signatureOf(id: string, timestamp: string | number, body: Uint8Array): string {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
}

const json = Buffer.from('{"type":"a"}');
const notText = Buffer.from([0xff]);
const good = { id: 'msg_1', timestamp: String(nowSeconds), body: json };
const right = `v1,${signatureOf('msg_1', nowSeconds, json)}`;

const differences: Readonly<Record<string, Difference<Case>>> = {
  'the library reads the time with parseInt; we want a plain decimal number': {
    explains: ({ timestamp }, outcome) => outcome === 'malformed_header' && !/^[1-9][0-9]{0,14}$/.test(timestamp),
    example: { ...good, timestamp: `${nowSeconds}s`, signature: right },
  },
  'the library cuts a signature at a second comma; we compare all of it': {
    explains: ({ signature }) => /(^| )v1,[^ ]*,/.test(signature),
    example: { ...good, signature: `${right},x` },
  },
  'the library signs text, so it drops a byte order mark and replaces what is not UTF-8; we sign the bytes': {
    explains: ({ body }) => !Buffer.from(new TextDecoder().decode(body)).equals(body),
    example: { ...good, body: notText, signature: `v1,${signatureOf('msg_1', nowSeconds, notText)}` },
  },
  'the library skips what blanks at the ends of the list leave; we refuse it': {
    explains: ({ signature }, outcome) => outcome === 'malformed_header' && /^ | $|  /.test(signature),
    example: { ...good, signature: ` ${right}` },
  },
  'we look at no more than 16 signatures, 8 KiB and printable ASCII': {
    explains: ({ id, signature }, outcome) =>
      outcome === 'malformed_header' &&
      (signature.split(' ').length > 16 || signature.length > 8_192 || !/^[\x20-\x7e]*$/.test(signature + id)),
    example: { ...good, signature: `${'v1,x '.repeat(16)}${right}` },
  },
};

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
    message: oracleMessages(oracleTimes(nowSeconds, 300)),
    write: fc.oneof(
      { weight: 2, arbitrary: fc.constant(plain) },
      { weight: 1, arbitrary: fc.constantFrom(...writings) },
    ),
    anotherId: fc.constantFrom(false, false, false, false, false, true),
  })
  .map(({ id, message: { time, body, signed }, write, anotherId }) => {
    const signature = write(signatureOf(anotherId ? `${id}x` : id, signed.time, signed.body));
    return { id, timestamp: time, body, signature };
  });

const genuine: fc.Arbitrary<Case> = fc
  .record({ text: fc.json(), skew: fc.integer({ min: -300, max: 300 }) })
  .map(({ text, skew }) => ({
    id: 'msg_1',
    timestamp: String(nowSeconds + skew),
    body: Buffer.from(text),
    signature: standard.sign('msg_1', new Date((nowSeconds + skew) * 1000), text),
  }));

for (const library of libraries) {
  describeOracle<Case>({
    library: library.name,
    ours: ours(library),
    theirs: theirs(library),
    cases,
    runs: 1_500,
    clockMs: nowMs,
    genuine,
    differences,
  });
}

describe.for(libraries)('the scheme of the library $name', ({ scheme }) => {
  it('makes the signatures that the library makes', () => {
    fc.assert(
      fc.property(genuine, ({ id, timestamp, signature, body }) => {
        const bare = { method: 'POST', target: '/', publicUrl: 'https://h.example/', headers: [], body };

        const request = scheme.signAt(withHeader(bare, scheme.headers[0], id), new Secret(secret), timestamp);

        expect(request.headers.at(-1)?.[1]).toBe(signature);
      }),
      { numRuns: 100 },
    );
  });
});
