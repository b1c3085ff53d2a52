import { describe, expect, it } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import type { SourceSettings } from '../contract/settings.ts';
import { loadFixture } from '../fixtures.ts';
import { deliveryOf, outcomeOf, settingsWith, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { valueOf, withValue } from '../testing/tampering.ts';
import { generic } from './index.ts';
import { normalizeGeneric } from './normalize.ts';
import { type GenericOptions, isSigned } from './options.ts';
import { genericHmac, genericTimestamped } from './verify.ts';

const order = loadFixture('generic', 'order.created');
const event = { id: '/id', entity: '/data/order/id', type: '/type', time: '/createdAt' };

const signAt = (
  request: ReceivedRequest,
  settings: SourceSettings<GenericOptions>,
  timestamp: string,
): ReceivedRequest => {
  const { options, secrets } = settings;
  if (!isSigned(options)) return request;
  const scheme = options.scheme === 'hmac' ? genericHmac(options) : genericTimestamped(options);
  return scheme.signAt(request, secrets[0] ?? new Secret(''), timestamp);
};

describeProvider(generic, {
  variant: 'HMAC-SHA256 in hex with a prefix',
  options: { scheme: 'hmac', header: 'X-Signature-256', prefix: 'sha256=', event },
  request: order.request,
  fixtures: true,
  downgrades: {
    'sha1= instead of sha256=': (request) =>
      withValue(request, 'X-Signature-256', (value) => value.replace('sha256=', 'sha1=')),
    'no prefix': (request) => withValue(request, 'X-Signature-256', (value) => value.replace('sha256=', '')),
    'upper case': (request) =>
      withValue(request, 'X-Signature-256', (value) => value.toUpperCase().replace('SHA256', 'sha256')),
  },
});

describeProvider(generic, {
  variant: 'HMAC-SHA1 in upper-case hex, several in a list',
  options: { scheme: 'hmac', header: 'X-Sig', algorithm: 'sha1', encoding: 'hex-upper', separator: ',', event },
  request: order.request,
});

describeProvider(generic, {
  variant: 'HMAC-SHA512 in base64 over a time in milliseconds, a header and the body',
  options: {
    scheme: 'hmac',
    header: 'X-Sig',
    algorithm: 'sha512',
    encoding: 'base64',
    timestamp: { header: 'X-Time', unit: 'ms', toleranceSeconds: 60 },
    template: 'v0:{timestamp}:{header:X-Event-Id}:{body}',
    event: { id: 'header:X-Event-Id', time: 'header:X-Time', timeFormat: 'ms' },
  },
  request: { ...order.request, headers: [...order.request.headers, ['X-Event-Id', 'msg_1']] },
  timestampUnit: 'ms',
  signAt,
});

describeProvider(generic, {
  variant: 'HMAC-SHA256 in base64url over time and body, no pointers',
  options: { scheme: 'hmac', header: 'X-Sig', encoding: 'base64url', timestamp: { header: 'X-Time' } },
  request: order.request,
  signAt,
});

for (const [variant, options, timestampUnit] of [
  ['t=, v1= in one header', {}, 's'],
  [
    'ts=; h1= in one header, a colon behind the time',
    { separator: ';', timeName: 'ts', signatureName: 'h1', template: '{timestamp}:{body}' },
    's',
  ],
  [
    'milliseconds and SHA-512 in base64 in one header',
    { separator: ', ', algorithm: 'sha512', encoding: 'base64', unit: 'ms' },
    'ms',
  ],
  [
    'SHA-256 in base64url in one header, a blank between',
    { separator: ' ', encoding: 'base64url', timeName: 'timestamp', signatureName: 'sig', toleranceSeconds: 60 },
    's',
  ],
] as const) {
  describeProvider(generic, {
    variant,
    options: { scheme: 'timestamped', header: 'X-Signature', event, ...options },
    request: order.request,
    timestampUnit,
    signAt,
    downgrades: {
      'a signature of another name': (request) =>
        withValue(request, 'X-Signature', (value) => value.replace(/(?:v1|h1|sig)=/, 'v0=')),
      'two times': (request) => withValue(request, 'X-Signature', (value) => `${value.split(/[,; ]/)[0]},${value}`),
      'no time': (request) => withValue(request, 'X-Signature', (value) => value.replace(/^[^,; ]*[,;]? ?/, '')),
    },
  });
}

describeProvider(generic, {
  variant: 'token',
  options: { scheme: 'token', header: 'X-Token', event },
  request: order.request,
});
describeProvider(generic, { variant: 'bearer', options: { scheme: 'bearer', event }, request: order.request });
describeProvider(generic, { variant: 'basic', options: { scheme: 'basic', event }, request: order.request });

describe('a generic signature', () => {
  it.for([
    ['sha1', 'hex', '6dcdc011aefa301d39f90093ec6bb6f3a556298d'],
    ['sha256', 'hex', '0e804a4d23af1b328b32dc8f185cd891dff0528c5e81c2453272f4ad0507f958'],
    ['sha256', 'base64', 'DoBKTSOvGzKLMtyPGFzYkd/wUoxegcJFMnL0rQUH+Vg='],
    ['sha512', 'base64url', '6UG4gCBj3EQtnWtMzCA5CpOYw9C2qHJYNAL_fIOiYTHuVgf3sswAppmT1vrzWzDeZOw7azZ0-aUsZFU-kvubnA'],
  ] as const)('by %s in %s equals the value that openssl computes', ([algorithm, encoding, expected]) => {
    const subject = subjectWith({ scheme: 'hmac', header: 'X-Sig', algorithm, encoding }, 'a shared secret');

    const request = generic.sign(
      { ...subject.request, body: Buffer.from('{"id":"1"}') },
      subject.settings,
      conformanceNowMs,
    );

    expect(valueOf(request, 'X-Sig')).toBe(expected);
  });

  it('beside its time equals the value that openssl computes', () => {
    const options = {
      scheme: 'timestamped',
      header: 'Paddle-Signature',
      separator: ';',
      timeName: 'ts',
      signatureName: 'h1',
    };
    const subject = subjectWith({ ...options, template: '{timestamp}:{body}' }, 'a shared secret');

    const request = generic.sign(
      { ...subject.request, body: Buffer.from('{"id":"1"}') },
      subject.settings,
      conformanceNowMs,
    );

    // printf '1772446530:{"id":"1"}' | openssl dgst -sha256 -hmac 'a shared secret'
    expect(valueOf(request, 'Paddle-Signature')).toBe(
      'ts=1772446530;h1=212f6cd59aab556021f9c7eeb92ed8560d4b5064e909201545729a2fdedb8fb4',
    );
  });

  it('is found anywhere in a list', () => {
    const subject = subjectWith({ scheme: 'hmac', header: 'X-Sig', separator: ' ', prefix: 'v1,' });
    const request = generic.sign(subject.request, subject.settings, conformanceNowMs);

    const listed = withValue(request, 'X-Sig', (value) => `v0,old v1,other ${value} v2,new`);

    expect(outcomeOf(subject, listed)).toBe('accepted');
  });

  it('does not let bytes move between a signed header and the body', () => {
    const subject = subjectWith({
      scheme: 'hmac',
      header: 'X-Sig',
      template: '{header:X-Id}.{body}',
      event: { id: 'header:X-Id' },
    });
    const headers = [['X-Id', 'a']] as const;
    const request = generic.sign(
      { ...subject.request, headers, body: Buffer.from('b.{}') },
      subject.settings,
      conformanceNowMs,
    );

    const moved = { ...withValue(request, 'X-Id', () => 'a.b'), body: Buffer.from('{}') };

    expect(outcomeOf(subject, request)).toBe('accepted');
    expect(outcomeOf(subject, moved)).toBe('malformed_header');
  });

  it('over several secrets takes a basic password with colons', () => {
    const subject = subjectWith({ scheme: 'basic' }, 'user:pass:with:colons');
    const header = `basic ${Buffer.from('user:pass:with:colons').toString('base64')}`;

    const outcome = outcomeOf(subject, { ...subject.request, headers: [['authorization', header]] });

    expect(outcome).toBe('accepted');
  });
});

describe('generic options', () => {
  it.for([
    ['an id in a header that is not signed', { scheme: 'hmac', header: 'X-Sig', event: { id: 'header:X-Id' } }],
    ['an id in a header of a token source', { scheme: 'token', header: 'X-Token', event: { id: 'header:X-Id' } }],
    ['a template without the body', { scheme: 'hmac', header: 'X-Sig', template: '{header:X-Id}' }],
    ['a template with an unknown placeholder', { scheme: 'hmac', header: 'X-Sig', template: '{url}.{body}' }],
    ['a template with a time that has no header', { scheme: 'hmac', header: 'X-Sig', template: '{timestamp}.{body}' }],
    [
      'a time that is not signed',
      { scheme: 'hmac', header: 'X-Sig', template: '{body}', timestamp: { header: 'X-Time' } },
    ],
    ['a signed header that touches the body', { scheme: 'hmac', header: 'X-Sig', template: '{header:X-Id}{body}' }],
    [
      'a separator that could belong to the header',
      { scheme: 'hmac', header: 'X-Sig', template: '{header:X-Id}-{body}' },
    ],
    ['a pointer that is none', { scheme: 'bearer', event: { id: 'data.id' } }],
    ['a header name with a line break', { scheme: 'token', header: 'X-Token\r\nX-Other' }],
    ['a token in a header that is archived with its value', { scheme: 'token', header: 'User-Agent' }],
    ['a time and a signature of one name', { scheme: 'timestamped', header: 'X-Sig', timeName: 'v1' }],
    ['a header with a time that is not signed', { scheme: 'timestamped', header: 'X-Sig', template: '{body}' }],
    ['a name with an equals sign', { scheme: 'timestamped', header: 'X-Sig', timeName: 't=' }],
    ['an unknown scheme', { scheme: 'none' }],
    ['an unknown key', { scheme: 'bearer', algoritm: 'sha256' }],
  ] as const)('refuse %s', ([, options]) => {
    expect(generic.options.safeParse(options).success).toBe(false);
  });
});

describe('a generic event', () => {
  it('is a new one at each reception while no id is declared, and that is no flaw', () => {
    const { verdict, events } = normalize('anything', {});

    expect(verdict).toBe('normalised');
    expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });

  it.for([
    ['absent', '{}'],
    ['null', '{"id":null}'],
    ['empty', '{"id":""}'],
    ['too long', `{"id":"${'x'.repeat(1_025)}"}`],
  ])('is partial and a new one at each reception when its declared id is %s', ([, body]) => {
    const { verdict, reason, events } = normalize(body ?? '', { id: '/id' });

    expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: 'not found or not usable: id' });
    expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });

  it.for([
    ['a number as it was written', '{"id":9007199254740993}', '/id', '9007199254740993'],
    ['a fraction as it was written', '{"id":1.0}', '/id', '1.0'],
    ['an object as canonical text', '{"id":{"b":1,"a":2}}', '/id', '{"a":2,"b":1}'],
    ['an item of an array', '{"ids":[{"x":"a"},{"x":"b"}]}', '/ids/1/x', 'b'],
    ['an escaped member name', '{"a/b":{"c~d":"x"}}', '/a~1b/c~0d', 'x'],
    ['__proto__ as an ordinary member', '{"__proto__":{"id":"p"}}', '/__proto__/id', 'p'],
  ] as const)('has %s for an id', ([, body, id, expected]) => {
    expect(normalize(body, { id }).events[0]?.identity).toEqual({ basis: 'id', id: expected });
  });

  it('finds no id in what every object inherits', () => {
    expect(normalize('{"id":"1"}', { id: '/constructor/name' }).verdict).toBe('partial');
  });

  it.for([
    ['iso', '"2026-03-02T11:15:30.500+01:00"', 1772446530500],
    ['iso', '"2026-03-02T10:15:30Z"', 1772446530000],
    ['s', '1772446530', 1772446530000],
    ['s', '"1772446530"', 1772446530000],
    ['ms', '1772446530123', 1772446530123],
  ] as const)('has the time that %s says: %s', ([timeFormat, time, at]) => {
    expect(normalize(`{"t":${time}}`, { time: '/t', timeFormat }).events[0]?.occurred).toEqual({
      at,
      estimated: false,
    });
  });

  it.for([
    ['iso', '"2026-03-02T11:15:30"'],
    ['iso', '"2026-13-02T11:15:30Z"'],
    ['iso', '1772446530'],
    ['s', '-1'],
    ['s', '1e9'],
    ['ms', '1.5'],
    ['ms', '1772446530'],
    ['s', '1772446530123'],
  ] as const)('is partial and its time estimated when %s is %s', ([timeFormat, time]) => {
    const { verdict, events } = normalize(`{"t":${time}}`, { time: '/t', timeFormat });

    expect(verdict).toBe('partial');
    expect(events[0]?.occurred).toEqual({ estimated: true });
  });

  it('is kept whole when a pointer goes into a body that cannot be read', () => {
    expect(normalize('id=1', { id: '/id' }).verdict).toBe('unnormalised');
    expect(normalize('{"id":"1","id":"2"}', { id: '/id' }).verdict).toBe('unnormalised');
  });

  it('without an id is known by what it says where that names its moment, and else new each time', () => {
    const timed = normalize('{"t":1772446530}', { time: '/t', timeFormat: 's' });
    const untimed = normalize('{"t":1772446530}', {});

    expect([timed, untimed].map(({ events }) => events[0]?.identity.basis)).toEqual(['hash', 'rx']);
  });
});

function subjectWith(options: unknown, secret = 'trunkline:secret'): Subject<GenericOptions> {
  const settings = settingsWith(generic, { options, secrets: [new Secret(secret)] });
  const target = '/hooks/src_fixture';
  const request = {
    method: 'POST',
    target,
    publicUrl: `https://hooks.example.com${target}`,
    headers: [],
    body: Buffer.from('{}'),
  };
  return { definition: generic, settings, request, nowMs: conformanceNowMs };
}

function normalize(body: string, pointers: unknown): ReturnType<typeof normalizeGeneric> {
  const subject = subjectWith({ scheme: 'bearer', event: pointers });
  const request = generic.sign({ ...subject.request, body: Buffer.from(body) }, subject.settings, subject.nowMs);
  return normalizeGeneric(deliveryOf(subject, request));
}
