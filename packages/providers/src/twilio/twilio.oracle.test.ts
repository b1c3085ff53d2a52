import { createHash, createHmac } from 'node:crypto';
import { parse } from 'node:querystring';

import fc from 'fast-check';
import twilioLibrary from 'twilio';
import { describe, expect, it } from 'vitest';

import { maxFormParameters } from '../contract/form-body.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import type { RejectionStep } from '../contract/verdict.ts';
import { twilioScheme } from './verify.ts';

/** The official library as an oracle, wired as its Express middleware is: forms parsed, JSON by bodySHA256. */
const token = '0123456789abcdef0123456789abcdef';

interface Case {
  readonly url: string;
  readonly header: string;
  readonly body: string;
}

type Outcome = RejectionStep | 'accepted';

function ours({ url, header, body }: Case): Outcome {
  const request: ReceivedRequest = {
    method: 'POST',
    target: '/hooks/src_twilio',
    publicUrl: url,
    headers: [
      ['content-type', 'application/x-www-form-urlencoded'],
      ['x-twilio-signature', header],
    ],
    body: Buffer.from(body),
  };
  const verdict = twilioScheme.verify(request, [new Secret(token)], 0);
  return verdict.accepted ? 'accepted' : verdict.step;
}

function theirs({ url, header, body }: Case): boolean {
  try {
    if (url.includes('bodySHA256')) return twilioLibrary.validateRequestWithBody(token, header, url, body);
    return twilioLibrary.validateRequest(token, header, url, formOf(body));
  } catch (error) {
    // A URL that it cannot parse.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** As Express gives it to the library. A Map-like object, so that `__proto__` is a name like any other. */
function formOf(body: string): Record<string, unknown> {
  return { ...parse(body, '&', '=', { maxKeys: 0 }) };
}

const badEscape = /%(?![0-9a-f]{2})/i;

/** Where the two differ on purpose; each has an example below. */
const differences: Readonly<Record<string, (subject: Case, outcome: Outcome) => boolean>> = {
  'a lenient parser keeps or replaces an escape that is not UTF-8; we refuse it': ({ body }, outcome) =>
    outcome === 'signature_mismatch' && (badEscape.test(body) || parse(body)['Body']?.includes('\ufffd') === true),
  'the library looks for the text bodySHA256 anywhere in the URL, we for the parameter of that name': ({ url }) =>
    url.includes('bodySHA256') && !/[?&]bodySHA256=/.test(url),
  'of two bodySHA256 the library takes the first; we refuse': ({ url }, outcome) =>
    outcome === 'malformed_header' && url.split('bodySHA256=').length > 2,
  'we look at no more than 1,000 parameters': ({ body }, outcome) =>
    outcome === 'signature_mismatch' && body.split('&').length > maxFormParameters,
};

function hash(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

function signature(url: string, body: string): string {
  return twilioLibrary.getExpectedTwilioSignature(token, url, formOf(body));
}

const base = 'https://hooks.example.com/hooks/src_twilio';

const examples: Readonly<Record<keyof typeof differences, Case>> = {
  'a lenient parser keeps or replaces an escape that is not UTF-8; we refuse it': {
    url: base,
    header: signature(base, 'Body=100%'),
    body: 'Body=100%',
  },
  'the library looks for the text bodySHA256 anywhere in the URL, we for the parameter of that name': {
    url: `${base}/bodySHA256`,
    header: signature(`${base}/bodySHA256`, 'a=1'),
    body: 'a=1',
  },
  'of two bodySHA256 the library takes the first; we refuse': {
    url: `${base}?bodySHA256=${hash('{}')}&bodySHA256=x`,
    header: signature(`${base}?bodySHA256=${hash('{}')}&bodySHA256=x`, ''),
    body: '{}',
  },
  'we look at no more than 1,000 parameters': {
    url: base,
    header: signature(base, 'a=1&'.repeat(1_001)),
    body: 'a=1&'.repeat(1_001),
  },
};

describe('the official twilio library', () => {
  it('signs requests that are accepted', () => {
    fc.assert(
      fc.property(bodies, urls, (body, url) => {
        fc.pre(!badEscape.test(body) && body !== 'Body=%FF');

        expect(ours({ url, header: signature(url, body), body })).toBe('accepted');
      }),
      { numRuns: 200 },
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

const words = fc.constantFrom(
  'CallSid',
  'From',
  'To',
  'Body',
  '__proto__',
  'a',
  'A',
  'é',
  '+1 (500) 555-0006',
  "it's",
  '😀',
  '',
);
const bodies: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.tuple(words, words), { maxLength: 6 }).map(written) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'a', '=', '&&', 'a=b=c', 'a=1&a=2&a=1', 'Body=%FF', 'Body=100%', 'Body=%'),
  },
);

/** With the escapes of a form, as Twilio writes it. */
function written(pairs: readonly (readonly [string, string])[]): string {
  return new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
}

const urls: fc.Arbitrary<string> = fc.constantFrom(
  base,
  `${base}?a=1&b=2`,
  `${base}?name=it's`,
  `${base}?name=it%27s`,
  `${base}?b=x y`,
  `${base}?b=x+y&b=x%20y`,
  `${base}?`,
  'https://hooks.example.com:443/a',
  'https://hooks.example.com:8443/a?x=/',
  'http://hooks.example.com/a',
  'HTTPS://Hooks.Example.com/A',
  'https://user:p%40ss@hooks.example.com/a',
  'https://[2001:db8::1]:8443/a',
  'https://hooks.example.com',
);

/** Mostly signed for another writing of the URL; sometimes with another body, or with the body's hash. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    url: urls,
    received: fc.constantFrom('same', 'same', 'port', 'no port', 'escaped', 'other', 'http'),
    body: bodies,
    by: fc.constantFrom('form', 'form', 'hash', 'upper hash', 'wrong hash'),
    header: fc.constantFrom('same', 'same', 'same', 'cut', 'lower', 'hex', 'empty'),
    tampered: fc.boolean(),
  })
  .map(({ url, received, body, by, header, tampered }) => {
    const digest = by === 'wrong hash' ? hash(`${body}x`) : by === 'upper hash' ? hash(body).toUpperCase() : hash(body);
    const configured = by === 'form' ? url : `${url}${url.includes('?') ? '&' : '?'}bodySHA256=${digest}`;
    const signed = signature(configured, by === 'form' ? body : '');
    return {
      url: rewritten(configured, received),
      header: headerOf(signed, header),
      body: tampered && received === 'other' ? `${body}&x=1` : body,
    };
  });

function rewritten(url: string, received: string): string {
  if (received === 'port') return url.replace(/^(https:\/\/[^/:]+)\//, '$1:443/');
  if (received === 'no port') return url.replace(/:\d+\//, '/');
  if (received === 'escaped') return URL.parse(url)?.href ?? url;
  if (received === 'http') return url.replace(/^https/, 'http');
  return url;
}

function headerOf(signed: string, how: string): string {
  if (how === 'cut') return signed.slice(0, -1);
  if (how === 'lower') return signed.toLowerCase();
  if (how === 'hex') return createHmac('sha1', token).update(signed).digest('hex');
  return how === 'empty' ? '' : signed;
}
