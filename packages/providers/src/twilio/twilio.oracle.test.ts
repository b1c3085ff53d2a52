import { createHash, createHmac } from 'node:crypto';
import { parse } from 'node:querystring';

import fc from 'fast-check';
import twilioLibrary from 'twilio';

import { maxFormParameters } from '../contract/form-body.ts';
import { describeOracle, outcomesOf, type Outcome } from '../testing/oracle-cases.ts';
import { twilioScheme } from './verify.ts';

/** The official library as an oracle, wired as its Express middleware is: forms parsed, JSON by bodySHA256. */
const token = '0123456789abcdef0123456789abcdef';
const outcomeOf = outcomesOf(twilioScheme, token, 0);

interface Case {
  readonly url: string;
  readonly header: string;
  readonly body: string;
}

function ours({ url, header, body }: Case): Outcome {
  const headers = [
    ['content-type', 'application/x-www-form-urlencoded'],
    ['x-twilio-signature', header],
  ] as const;
  return outcomeOf({ publicUrl: url, headers, body: Buffer.from(body) });
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

function hash(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

function signature(url: string, body: string): string {
  return twilioLibrary.getExpectedTwilioSignature(token, url, formOf(body));
}

const base = 'https://hooks.example.com/hooks/src_twilio';
const hashedTwice = `${base}?bodySHA256=${hash('{}')}&bodySHA256=x`;

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
  'Its',
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

const isHonest = (name: string): boolean => /^[A-Za-z0-9_.[\]-]+$/.test(name);

const genuine: fc.Arbitrary<Case> = fc
  .record({ body: bodies, url: urls })
  .filter(({ body }) => !badEscape.test(body) && body !== 'Body=%FF' && Object.keys(parse(body)).every(isHonest))
  .map(({ body, url }) => ({ url, header: signature(url, body), body }));

describeOracle<Case>({
  library: 'twilio',
  ours,
  theirs,
  cases,
  runs: 1_500,
  genuine,
  differences: {
    'a lenient parser keeps or replaces an escape that is not UTF-8; we refuse it': {
      explains: ({ body }, outcome) =>
        outcome === 'signature_mismatch' && (badEscape.test(body) || parse(body)['Body']?.includes('\ufffd') === true),
      example: { url: base, header: signature(base, 'Body=100%'), body: 'Body=100%' },
    },
    'the library looks for the text bodySHA256 anywhere in the URL, we for the parameter of that name': {
      explains: ({ url }) => url.includes('bodySHA256') && !/[?&]bodySHA256=/.test(url),
      example: { url: `${base}/bodySHA256`, header: signature(`${base}/bodySHA256`, 'a=1'), body: 'a=1' },
    },
    'of two bodySHA256 the library takes the first; we refuse': {
      explains: ({ url }, outcome) => outcome === 'malformed_header' && url.split('bodySHA256=').length > 2,
      example: { url: hashedTwice, header: signature(hashedTwice, ''), body: '{}' },
    },
    'nothing signed separates a name from its value; we refuse names that only a moved "=" makes': {
      explains: ({ body }, outcome) => outcome === 'signature_mismatch' && !Object.keys(parse(body)).every(isHonest),
      example: { url: base, header: signature(base, '=Bodyhi'), body: '=Bodyhi' },
    },
    'we look at no more than 1,000 parameters': {
      explains: ({ body }, outcome) => outcome === 'signature_mismatch' && body.split('&').length > maxFormParameters,
      example: { url: base, header: signature(base, 'a=1&'.repeat(1_001)), body: 'a=1&'.repeat(1_001) },
    },
  },
});
