import { createHash, createHmac } from 'node:crypto';

import { type ProviderSource, type ReceivedRequest, Secret } from '@trunkline/providers';
import { describe, expect, it } from 'vitest';

import {
  diagnosisOf,
  found,
  hookUrl,
  nowMs,
  readdressed,
  renamed,
  requestWith,
  revalued,
  sentenceOf,
  signed,
  sourceOf,
} from '../testing/refused-requests.ts';

const hmacOptions = { scheme: 'hmac', header: 'X-Signature', prefix: 'sha256=' };

describe('the diagnosis of a secret', () => {
  const text = 'b64:c2VjcmV0IHNlY3JldCBzZWNyZXQ';

  it.for<readonly [what: string, configured: string, theirs: string, sentence: RegExp]>([
    ['a newline', `${text}\n`, text, /no white space around it/],
    ['blanks', ` ${text} `, text, /no white space around it/],
    ['quotes', `"${text}"`, text, /no quotes around it/],
    ['a line break within', `${text.slice(0, 9)}\n${text.slice(9)}`, text, /no white space in it/],
    ['no newline, and the sender has one', text, `${text}\n`, /ended in a newline/],
  ])('finds %s in it', ([, configured, theirs, sentence]) => {
    const request = signed(sourceOf('stripe', { secret: theirs }), requestWith('{}'));

    const diagnosis = diagnosisOf(sourceOf('stripe', { secret: configured }), request);

    expect(sentenceOf(diagnosis, 'secret_white_space')).toMatch(sentence);
  });

  const raw = Buffer.from('1fe2c3d4a5b6978812345678deadbeefcafe', 'hex');
  const generic = (secret: string): ProviderSource => sourceOf('generic', { secret, options: hmacOptions });
  const keyedWith = (key: Uint8Array | string): ReceivedRequest =>
    requestWith('{}', hookUrl, [['X-Signature', `sha256=${createHmac('sha256', key).update('{}').digest('hex')}`]]);

  it.for<readonly [what: string, configured: string, key: Uint8Array | string, sentence: RegExp]>([
    ['the sender drops whsec_', `whsec_${raw.toString('base64')}`, raw.toString('base64'), /without its prefix/],
    ['the sender keeps whsec_', raw.toString('base64'), `whsec_${raw.toString('base64')}`, /began with whsec_/],
    ['the sender decodes whsec_', `whsec_${raw.toString('base64')}`, raw, /decoded from base64 first/],
    ['the sender decodes hex', raw.toString('hex'), raw, /decoded from hex first/],
    ['the sender signs with the hex of our base64', raw.toString('base64'), raw.toString('hex'), /its base64 in hex/],
    ['the sender signs with the base64 of our hex', raw.toString('hex'), raw.toString('base64'), /its hex in base64/],
  ])('finds that %s', ([, configured, key, sentence]) => {
    const diagnosis = diagnosisOf(generic(configured), keyedWith(key));

    expect(sentenceOf(diagnosis, 'secret_encoding')).toMatch(sentence);
  });

  it('finds that a sender of Standard Webhooks does not decode its secret', () => {
    const secret = `whsec_${raw.toString('base64')}`;
    const time = String(nowMs / 1000);
    const signature = createHmac('sha256', secret).update(`msg_1.${time}.{}`).digest('base64');
    const request = requestWith('{}', hookUrl, [
      ['webhook-id', 'msg_1'],
      ['webhook-timestamp', time],
      ['webhook-signature', `v1,${signature}`],
    ]);

    const diagnosis = diagnosisOf(sourceOf('standard_webhooks', { secret }), request);

    expect(sentenceOf(diagnosis, 'secret_encoding')).toContain('as it is written, not decoded');
  });

  it('finds the one that expired in a rotation', () => {
    const old = new Secret(text, { name: 'env:OLD', notAfterMs: nowMs - 1 });
    const source = sourceOf('stripe', { secret: old });
    const rotated = { ...source, settings: { ...source.settings, secrets: [old, new Secret('whsec_new')] } };

    const diagnosis = diagnosisOf(rotated, signed(source, requestWith('{}')));

    expect(sentenceOf(diagnosis, 'secret_expired')).toContain('secret 1 (env:OLD) still counted');
  });

  it('finds the source it was signed for: test for live', () => {
    const live = sourceOf('stripe');
    const test = sourceOf('stripe', { sourceId: 'src_test', options: { modes: ['test'] } });

    const diagnosis = diagnosisOf(live, signed(test, requestWith('{}')), { others: [test] });

    expect(sentenceOf(diagnosis, 'other_source')).toContain('the source src_test');
  });

  it('finds the source whose address was signed, too', () => {
    const here = sourceOf('twilio');
    const there = sourceOf('twilio', { sourceId: 'src_b' });
    const request = signed(there, requestWith('', 'https://hooks.example.com/hooks/src_b'));

    const diagnosis = diagnosisOf(here, readdressed(request, hookUrl), { others: [there] });

    expect(found(diagnosis)).toContain('other_source');
  });
});

describe('the diagnosis of a time', () => {
  it.for<readonly [provider: string, skewMs: number, sentence: RegExp]>([
    ['stripe', -3 * 3_600_000, /^would verify if it were 2026-03-02T07:15:30\.000Z, which is 3 h 0 min ago: .*--at/],
    [
      'stripe',
      600_000,
      /^would verify if it were 2026-03-02T10:25:30\.000Z, which is in 10 min 0 s: the sender's clock/,
    ],
    ['workos', -86_400_000, /which is 1 d 0 h ago/],
    ['standard_webhooks', -3_600_000, /which is 1 h 0 min ago/],
  ])('of %s tells by how much a clock is wrong (%d ms)', ([provider, skewMs, sentence]) => {
    const source = sourceOf(provider);

    const diagnosis = diagnosisOf(source, signed(source, requestWith('{}'), nowMs + skewMs));

    expect(sentenceOf(diagnosis, 'clock')).toMatch(sentence);
  });

  const timed = (unit: string): unknown => ({ ...hmacOptions, timestamp: { header: 'X-Time', unit } });
  const stamped = (time: number): ReceivedRequest =>
    requestWith('{}', hookUrl, [
      ['X-Time', String(time)],
      ['X-Signature', `sha256=${createHmac('sha256', 'k'.repeat(20)).update(`${time}.{}`).digest('hex')}`],
    ]);

  it('finds milliseconds for seconds, and seconds for milliseconds', () => {
    const inSeconds = sourceOf('generic', { secret: 'k'.repeat(20), options: timed('s') });
    const inMilliseconds = sourceOf('generic', { secret: 'k'.repeat(20), options: timed('ms') });

    const first = diagnosisOf(inSeconds, stamped(nowMs));
    const second = diagnosisOf(inMilliseconds, stamped(nowMs / 1000));

    expect(sentenceOf(first, 'time_unit')).toBe(
      `would verify if its time were written in seconds: ${nowMs} is in milliseconds`,
    );
    expect(sentenceOf(second, 'time_unit')).toContain('in milliseconds: 1772446530 is in seconds');
  });

  it('finds a time that was signed in seconds and sent in milliseconds', () => {
    const source = sourceOf('stripe');
    const request = revalued(signed(source, requestWith('{}')), (value) => value.replace(/t=(\d+)/, 't=$1000'));

    expect(found(diagnosisOf(source, request))).toEqual(['time_unit']);
  });
});

describe('the diagnosis of a header', () => {
  const stripe = sourceOf('stripe');

  it.for<readonly [what: string, change: (request: ReceivedRequest) => ReceivedRequest, mistake: string]>([
    [
      'its version is marked v0',
      (request) => revalued(request, (value) => value.replace('v1=', 'v0=')),
      'header_version',
    ],
    ['a gateway renamed it', (request) => renamed(request, () => 'HTTP_STRIPE_SIGNATURE'), 'header_names'],
    [
      'it was repeated',
      (request) => ({ ...request, headers: [...request.headers, ...request.headers] }),
      'header_values',
    ],
    [
      'blanks stand at its commas',
      (request) => revalued(request, (value) => value.replaceAll(',', ', ')),
      'header_values',
    ],
    ['it was put in quotes', (request) => revalued(request, (value) => `"${value}"`), 'header_values'],
  ])('finds that %s', ([, change, mistake]) => {
    const request = change(signed(stripe, requestWith('{}')));

    expect(found(diagnosisOf(stripe, request))).toContain(mistake);
  });

  it('finds that Svix sends to a source of Standard Webhooks', () => {
    const source = sourceOf('standard_webhooks');
    const request = renamed(signed(source, requestWith('{}')), (name) => name.replace('webhook-', 'svix-'));

    expect(found(diagnosisOf(source, request))).toContain('header_names');
  });

  it.for<readonly [what: string, header: string, value: string]>([
    ['SHA-1', 'X-Hub-Signature', `sha1=${createHmac('sha1', 'key of the test').update('{}').digest('hex')}`],
    ['v1 of HubSpot', 'X-HubSpot-Signature', createHash('sha256').update('key of the test{}').digest('hex')],
    [
      'v2 of HubSpot',
      'X-HubSpot-Signature',
      createHash('sha256').update(`key of the testPOST${hookUrl}{}`).digest('hex'),
    ],
  ])('finds that only an older signature came: %s', ([, header, value]) => {
    const source = sourceOf('generic', { secret: 'key of the test', options: hmacOptions });

    const diagnosis = diagnosisOf(source, requestWith('{}', hookUrl, [[header, value]]));

    expect(sentenceOf(diagnosis, 'header_version')).toContain(header);
  });
});

describe('the diagnosis of options', () => {
  it.for<readonly [theirs: Record<string, string>, said: string]>([
    [{ encoding: 'base64' }, 'encoding: "base64"'],
    [{ algorithm: 'sha512' }, 'algorithm: "sha512"'],
    [{ prefix: '' }, 'prefix: ""'],
    [{ prefix: 'sha1=', algorithm: 'sha1' }, 'algorithm: "sha1" and prefix: "sha1="'],
  ])('finds that the sender has %j', ([theirs, said]) => {
    const sender = sourceOf('generic', { secret: 'k'.repeat(20), options: { ...hmacOptions, ...theirs } });
    const source = sourceOf('generic', { secret: 'k'.repeat(20), options: hmacOptions });

    const diagnosis = diagnosisOf(source, signed(sender, requestWith('{}')));

    expect(sentenceOf(diagnosis, 'options')).toBe(`would verify if the options of the source had ${said}`);
  });
});
