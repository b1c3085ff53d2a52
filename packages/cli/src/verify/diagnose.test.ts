import { providers, type ReceivedRequest } from '@trunkline/providers';
import { listFixtures, loadFixture, requestOf } from '@trunkline/providers/fixtures';
import { describe, expect, it } from 'vitest';

import {
  diagnosisOf,
  found,
  hookUrl,
  nowMs,
  readdressed,
  rebodied,
  requestWith,
  sentenceOf,
  signed,
  sourceOf,
} from '../testing/refused-requests.ts';
import { diagnose } from './diagnose.ts';
import { mistakes } from './mistakes/index.ts';

const hmacOptions = { scheme: 'hmac', header: 'X-Signature', prefix: 'sha256=' };
const pretty =
  '{\n  "id": "evt_1",\n  "amount": 1.0,\n  "name": "Zoé",\n  "url": "https://a.example/x",\n  "empty": [],\n  "deep": {"a": []}\n}';

describe('the diagnosis of a body', () => {
  const stripe = sourceOf('stripe');

  it.for<readonly [what: string, original: string, captured: string]>([
    ['printed without blanks', '{\n  "id": "é",\n  "n": 1.0\n}', '{"id":"é","n":1.0}'],
    [
      'printed with an indent',
      '{"id":"é","n":1.0,"l":[],"o":{}}',
      '{\n    "id": "é",\n    "n": 1.0,\n    "l": [],\n    "o": {}\n}',
    ],
    ['printed by Python', '{"id": "\\u00e9", "list": [1, 2]}', '{"id":"é","list":[1,2]}'],
    ['printed by PHP', '{"url":"https:\\/\\/a.example\\/\\u00e9"}', '{"url":"https://a.example/é"}'],
    ['printed by Go', '{"html":"\\u003cb\\u003e"}', '{ "html": "<b>" }'],
    ['printed with sorted keys before it was sent', '{"a":1,"b":[{"c":2,"d":3}]}', '{"b":[{"d":3,"c":2}],"a":1}'],
    ['printed by JavaScript, which writes what was escaped', '{"name":"Zo\\u00e9"}', '{"name":"Zoé"}'],
  ])('finds that it was %s', ([, original, captured]) => {
    const request = rebodied(signed(stripe, requestWith(original)), () => captured);

    const diagnosis = diagnosisOf(stripe, request);

    expect(sentenceOf(diagnosis, 'body_reserialised')).toMatch(/^would verify if the body were its JSON printed /);
  });

  it.for<readonly [what: string, original: string, captured: string, sentence: string]>([
    ['lost its newline', 'a=b\n', 'a=b', 'the body ended in a newline'],
    ['lost its CR LF', 'a=b\r\n', 'a=b', 'the body ended in a carriage return and a newline'],
    ['got a newline', 'a=b', 'a=b\n', 'the body did not end in a newline'],
    ['was not trimmed', 'a=b', ' a=b  ', 'the body had no white space around it'],
    ['lost its byte order mark', '\ufeffa', 'a', 'the body began with a byte order mark'],
  ])('finds that it %s', ([, original, captured, sentence]) => {
    const request = rebodied(signed(stripe, requestWith(original)), () => captured);

    const diagnosis = diagnosisOf(stripe, request);

    expect(sentenceOf(diagnosis, 'body_ends')).toBe(`would verify if ${sentence}`);
  });

  it.for<readonly [original: string, captured: string]>([
    ['a\r\nb\r\n', 'a\nb\n'],
    ['a\nb', 'a\r\nb'],
    ['a\r\nb', 'a\nb\n'],
  ])('finds that its line ends %j became %j', ([original, captured]) => {
    const request = rebodied(signed(stripe, requestWith(original)), () => captured);

    expect(found(diagnosisOf(stripe, request))).toContain('line_ends');
  });

  it.for<readonly [what: string, captured: Uint8Array]>([
    ['base64', Buffer.from(Buffer.from('{"é":1}').toString('base64'))],
    ['a JSON text of itself', Buffer.from(JSON.stringify('{"é":1}'))],
    ['UTF-8 read as Latin-1', Buffer.from(Buffer.from('{"é":1}').toString('latin1'), 'utf8')],
  ])('finds that it was written as %s', ([, captured]) => {
    const request = { ...signed(stripe, requestWith('{"é":1}')), body: captured };

    expect(found(diagnosisOf(stripe, request))).toContain('body_encoding');
  });

  it('finds two mistakes at once where the second is that the capture has grown stale', () => {
    const request = rebodied(signed(stripe, requestWith('{}\n'), nowMs - 86_400_000), () => '{}');

    const diagnosis = diagnosisOf(stripe, request);

    expect(sentenceOf(diagnosis, 'body_ends')).toBe(
      'would verify if the body ended in a newline, and it were 2026-03-01T10:15:30.000Z',
    );
  });
});

describe('the diagnosis of an address', () => {
  const twilio = sourceOf('twilio');
  const form: ReceivedRequest['headers'] = [['Content-Type', 'application/x-www-form-urlencoded']];
  const signedFor = (url: string): ReceivedRequest => signed(twilio, requestWith('CallSid=CA1&From=%2B1', url, form));

  it.for<readonly [what: string, configured: string, seen: string, sentence: RegExp]>([
    ['the scheme', hookUrl, 'http://hooks.example.com/hooks/src_a', /https instead of http/],
    ['a port of its own', 'https://hooks.example.com:8443/hooks/src_a', hookUrl, /the port 8443/],
    [
      'scheme and port',
      'https://hooks.example.com:8443/hooks/src_a',
      'http://hooks.example.com/hooks/src_a',
      /https instead of http and the port 8443/,
    ],
    [
      'scheme, slash and query',
      `${hookUrl}/?b=1&a=2`,
      'http://hooks.example.com/hooks/src_a?a=2&b=1',
      /https instead of http and a trailing slash and its query in another order/,
    ],
    ['a trailing slash', `${hookUrl}/`, hookUrl, /a trailing slash/],
    ['a trailing slash too many', hookUrl, `${hookUrl}/`, /no trailing slash/],
    ['the order of the query', `${hookUrl}?c=3&a=1&b=2`, `${hookUrl}?a=1&b=2&c=3`, /its query in another order/],
    ['a query that was not configured', hookUrl, `${hookUrl}?utm=1`, /no query/],
  ])('finds that %s is another', ([, configured, seen, sentence]) => {
    const request = readdressed(signedFor(configured), seen);

    const diagnosis = diagnosisOf(twilio, request);

    expect(sentenceOf(diagnosis, 'public_url')).toMatch(sentence);
  });

  it('finds that the host is the one a proxy was asked for', () => {
    const seen = readdressed(signedFor(hookUrl), 'http://10.0.0.7:3000/hooks/src_a');
    const request = { ...seen, headers: [...seen.headers, ['X-Forwarded-Host', 'hooks.example.com']] as const };

    const diagnosis = diagnosisOf(twilio, request);

    expect(sentenceOf(diagnosis, 'public_url')).toContain('the host of x-forwarded-host');
  });

  it('tells no value of the query', () => {
    const request = readdressed(signedFor(`${hookUrl}?token=hidden&a=1`), `${hookUrl}?a=1&token=hidden`);

    expect(sentenceOf(diagnosisOf(twilio, request), 'public_url')).not.toContain('hidden');
  });

  it('tries none where the address is not part of the proof', () => {
    const generic = sourceOf('generic', { options: hmacOptions });

    const { attempts } = diagnose({
      source: generic,
      request: requestWith('x', `${hookUrl}?a=1&b=2`),
      nowMs,
      step: 'signature_mismatch',
      others: [],
    });

    expect(attempts).toBeGreaterThan(0);
    expect(mistakes.map(({ name }) => name)).toContain('public_url');
    expect(attempts).toBeLessThan(100);
  });
});

describe('a diagnosis', () => {
  it('finds nothing where the secret is simply another', () => {
    const request = signed(sourceOf('stripe'), requestWith(pretty));

    const diagnosis = diagnosisOf(sourceOf('stripe'), request);

    expect(diagnosis).toMatchObject({ findings: [], complete: true });
    expect(diagnosis.attempts).toBeGreaterThan(50);
  });

  it('never tells a secret', () => {
    const secret = 'whsec_bmV2ZXIgdG9sZCB0byBhbnlib2R5';
    const request = signed(sourceOf('stripe', { secret }), requestWith('{}\n'));

    const said = [secret, ` ${secret}`, secret.slice(6)].map((text) =>
      JSON.stringify(
        diagnosisOf(
          sourceOf('stripe', { secret: text }),
          rebodied(request, () => '{} '),
        ),
      ),
    );

    expect(said.join('')).not.toContain('bmV2ZXIgdG9sZCB');
  });

  it('stops at its limits and says so', () => {
    const source = sourceOf('stripe');
    const request = signed(sourceOf('stripe'), requestWith(pretty));
    const refused = { source, request, nowMs, step: 'signature_mismatch', others: [] } as const;

    const byCount = diagnose(refused, { attempts: 10, bytes: 1_000_000 });
    const byBytes = diagnose(refused, { attempts: 1_000, bytes: request.body.length * 5 });

    expect(byCount).toMatchObject({ attempts: 10, complete: false });
    expect(byBytes).toMatchObject({ complete: false });
    expect(byBytes.attempts).toBeLessThan(20);
  });

  it.for(providers.map(({ name }) => name))('of %s survives any step and a request of any bytes', (name) => {
    const [fixture = ''] = listFixtures(name);
    const { options } = loadFixture(name, fixture);
    const source = sourceOf(name, { options: options ?? {} });
    const request = {
      ...requestOf(loadFixture(name, fixture), hookUrl),
      headers: [
        ['X-Signature', '\u0000%zz,v0='],
        ['Authorization', 'Bearer a.b.c'],
      ] as const,
      body: Buffer.from([0xff, 0x00, 0x7b]),
    };

    for (const step of new Set(mistakes.flatMap(({ steps }) => steps))) {
      expect(diagnose({ source, request, nowMs, step, others: [source] }).findings).toEqual([]);
    }
  });
});
