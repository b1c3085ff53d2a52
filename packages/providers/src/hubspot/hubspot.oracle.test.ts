import { createHmac } from 'node:crypto';

import { Signature } from '@hubspot/api-client/lib/src/utils/signature.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import type { RejectionStep } from '../contract/verdict.ts';
import { hubspotScheme } from './verify.ts';

/** The official library as an oracle: on generated requests, hostile ones included, its verdict is ours or the difference is listed. */
const secret = '1f9d7a5c-0000-4000-8000-0c1e2a3b4d5f';
const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30, 700);

interface Case {
  readonly method: string;
  readonly url: string;
  readonly body: Uint8Array;
  readonly time: string;
  readonly signature: string;
}

type Outcome = RejectionStep | 'accepted';

function ours({ method, url, body, time, signature }: Case): Outcome {
  const request: ReceivedRequest = {
    method,
    target: url.slice(url.indexOf('/', 8)),
    publicUrl: url,
    headers: [
      ['x-hubspot-signature-v3', signature],
      ['x-hubspot-request-timestamp', time],
    ],
    body,
  };
  const verdict = hubspotScheme.verify(request, [new Secret(secret)], nowMs);
  return verdict.accepted ? 'accepted' : verdict.step;
}

/** As its documentation calls it: the header's text as a number, the body as text. */
function theirs({ method, url, body, time, signature }: Case): boolean {
  try {
    return Signature.isValid({
      signatureVersion: 'v3',
      signature,
      clientSecret: secret,
      requestBody: Buffer.from(body).toString('utf8'),
      url,
      method,
      timestamp: Number(time),
    });
  } catch {
    return false;
  }
}

const escape = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/i;

/** Where the two differ on purpose. Each has an example below that shows the difference, so none can outlive its reason. */
const differences: Readonly<Record<string, (subject: Case, outcome: Outcome) => boolean>> = {
  'the library looks at the age only; we refuse the future, too': (_subject, outcome) =>
    outcome === 'timestamp_in_future',
  'the library signs the number that it read; we sign the text, and want a plain decimal number': ({ time }, outcome) =>
    outcome !== 'accepted' && !/^[1-9][0-9]{0,14}$/.test(time),
  'the library takes the URL as it is; we decode the escapes that HubSpot decodes': ({ url }) => escape.test(url),
  'the library signs text, so it replaces what is not UTF-8; we sign the bytes': ({ body }) =>
    !Buffer.from(Buffer.from(body).toString('utf8')).equals(body),
};

const examples: Readonly<Record<string, Case>> = {
  'the library looks at the age only; we refuse the future, too': signedCase({ time: String(nowMs + 300_001) }),
  'the library signs the number that it read; we sign the text, and want a plain decimal number': {
    ...signedCase({}),
    time: `0${nowMs}`,
  },
  'the library takes the URL as it is; we decode the escapes that HubSpot decodes': signedCase({
    url: 'https://hooks.example.com/hooks/src_hs?back=https%3A%2F%2Fexample.com',
  }),
  'the library signs text, so it replaces what is not UTF-8; we sign the bytes': signedCase({
    body: Buffer.from([0xff, 0xfe]),
  }),
};

describe('the official @hubspot/api-client library', () => {
  beforeAll(() => {
    // The library asks the clock itself.
    vi.useFakeTimers({ now: nowMs, toFake: ['Date'] });
  });
  afterAll(() => {
    vi.useRealTimers();
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

/** Signed as the library signs, over the URL as it is and the body as text. */
function signedCase({ url = 'https://hooks.example.com/hooks/src_hs', ...more }: Partial<Case>): Case {
  const { method = 'POST', body = Buffer.from('[]'), time = String(nowMs) } = more;
  const source = `${method}${url}${Buffer.from(body).toString('utf8')}${time}`;
  return { method, url, body, time, signature: createHmac('sha256', secret).update(source).digest('base64') };
}

type Change = (subject: Case) => Case;
const changes: readonly Change[] = [
  (subject) => ({ ...subject, signature: Buffer.from(subject.signature, 'base64').toString('base64url') }),
  (subject) => ({ ...subject, signature: Buffer.from(subject.signature, 'base64').toString('hex') }),
  (subject) => ({ ...subject, signature: subject.signature.replace(/=+$/, '') }),
  (subject) => ({ ...subject, signature: ` ${subject.signature}` }),
  (subject) => ({ ...subject, signature: subject.signature.toLowerCase() }),
  (subject) => ({ ...subject, signature: '' }),
  (subject) => ({ ...subject, signature: 'é' }),
  (subject) => ({ ...subject, signature: 'a'.repeat(9_000) }),
  (subject) => ({ ...subject, method: 'GET' }),
  (subject) => ({ ...subject, url: subject.url.replace('https', 'http') }),
  (subject) => ({ ...subject, url: `${subject.url}/` }),
  (subject) => ({ ...subject, body: Buffer.concat([subject.body, Buffer.from(' ')]) }),
  (subject) => ({ ...subject, time: String(Number(subject.time) + 1) }),
  (subject) => ({ ...subject, time: `${subject.time}.0` }),
  (subject) => ({ ...subject, time: ` ${subject.time}` }),
];

const cases: fc.Arbitrary<Case> = fc
  .record({
    method: fc.constantFrom('POST', 'POST', 'PUT'),
    url: fc.constantFrom(
      'https://hooks.example.com/hooks/src_hs',
      'https://hooks.example.com:8443/hooks/src_hs?a=1&b=%20%26',
      'https://hooks.example.com/hooks/src_hs?q=%C3%A9&at=a%40b',
    ),
    body: fc.oneof(
      { weight: 6, arbitrary: fc.json().map((json) => Buffer.from(json)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
      { weight: 1, arbitrary: fc.constantFrom(Buffer.from(''), Buffer.from('\ufeff[]')) },
    ),
    time: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: -300_002, max: 300_002 }).map((skew) => String(nowMs + skew)) },
      { weight: 1, arbitrary: fc.constantFrom('0', '-1', 'NaN', '1e9', 'Infinity', String(Math.floor(nowMs / 1000))) },
    ),
  })
  .chain((parts) =>
    fc.oneof(
      fc.constant(signedCase(parts)),
      fc.constantFrom(...changes).map((change) => change(signedCase(parts))),
    ),
  );
