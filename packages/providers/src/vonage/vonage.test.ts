import { createHash, createHmac } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { replyTo } from '../contract/normalize.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import { type Fixture, loadFixture, requestOf } from '../fixtures.ts';
import { type SignatureMethod, signedParameters } from '../schemes/signed-parameters.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { positions, withBodyText, withChangedCharacter, withValue } from '../testing/tampering.ts';
import { vonage } from './index.ts';
import { asksForAnswer, normalizeVonage } from './normalize.ts';
import type { VonageOptions } from './options.ts';

const url = 'https://hooks.example.com/hooks/src_fixture';
const completed = loadFixture('vonage', 'call.completed');
const delivered = loadFixture('vonage', 'sms.delivered');
const expired = loadFixture('vonage', 'sms.expired');

describeProvider(vonage, {
  variant: 'JSON Web Token',
  options: {},
  account: 'a1b2c3d4',
  request: completed.request,
  fixtures: true,
  downgrades: {
    'alg none': (request) => withToken(request, { alg: 'none' }, claimsOf(request), () => ''),
    'alg none, signature kept': (request, secret) =>
      withToken(request, { alg: 'none' }, claimsOf(request), hs256(secret)),
    'no alg': (request, secret) => withToken(request, {}, claimsOf(request), hs256(secret)),
    'alg hs256 in lower case': (request, secret) =>
      withToken(request, { alg: 'hs256' }, claimsOf(request), hs256(secret)),
    'alg RS256 in the name of the secret': (request, secret) =>
      withToken(request, { alg: 'RS256' }, claimsOf(request), hs256(secret)),
    'alg HS512': (request, secret) =>
      withToken(request, { alg: 'HS512' }, claimsOf(request), (text) =>
        createHmac('sha512', secret.reveal()).update(text).digest('base64url'),
      ),
    'a critical extension': (request, secret) =>
      withToken(request, { alg: 'HS256', crit: ['b64'], b64: false }, claimsOf(request), hs256(secret)),
    'no payload_hash': (request, secret) => withToken(request, { alg: 'HS256' }, { iss: 'Vonage' }, hs256(secret)),
    'payload_hash of another body': (request, secret) =>
      withToken(request, { alg: 'HS256' }, { payload_hash: sha256('{}') }, hs256(secret)),
    'no bearer': (request) => withValue(request, 'Authorization', (value) => value.slice('Bearer '.length)),
  },
});

for (const signature of ['md5hash', 'md5', 'sha1', 'sha256', 'sha512'] as const) {
  describeProvider(vonage, {
    variant: `SMS API with ${signature}`,
    options: { signature },
    account: 'a1b2c3d4',
    request: { ...delivered.request, body: Buffer.concat([delivered.request.body, Buffer.from('&note=order_1')]) },
    gap: (request) => withBodyText(request, (form) => form.replace('order_1', 'order%261')),
  });
}

describe('a token of Vonage', () => {
  it.for([
    ['exp in the past', { exp: conformanceNowMs / 1000 }, 'timestamp_expired'],
    ['exp that is no number', { exp: 'tomorrow' }, 'malformed_header'],
    ['nbf in the future', { nbf: conformanceNowMs / 1000 + 1 }, 'timestamp_in_future'],
    ['no payload_hash', { payload_hash: undefined }, 'body_hash_mismatch'],
    ['a payload_hash that is no text', { payload_hash: 1 }, 'body_hash_mismatch'],
  ] as const)('with %s is refused, although it is signed', ([, change, step]) => {
    const subject = subjectOf(completed);
    const request = signed(subject);
    const [secret = new Secret('')] = subject.settings.secrets;

    const outcome = outcomeOf(
      subject,
      withToken(request, { alg: 'HS256' }, { ...claimsOf(request), ...change }, hs256(secret)),
    );

    expect(outcome).toBe(step);
  });

  it.for([['a bearer in other letter case', (value: string) => value.replace('Bearer', 'bearer')]] as const)(
    'is accepted with %s',
    ([, change]) => {
      const subject = subjectOf(completed);

      expect(outcomeOf(subject, withValue(signed(subject), 'Authorization', change))).toBe('accepted');
    },
  );

  it.for([
    ['two segments', 'Bearer a.b'],
    ['four segments', 'Bearer e30.e30.x.y'],
    ['a header that is no JSON', 'Bearer YQ.e30.x'],
    ['claims that are an array', 'Bearer e30.W10.x'],
    ['padding', 'Bearer e30=.e30.x'],
  ] as const)('with %s is malformed', ([, header]) => {
    const subject = subjectOf(completed);

    expect(
      outcomeOf(
        subject,
        withValue(signed(subject), 'Authorization', () => header),
      ),
    ).toBe('malformed_header');
  });

  it('that is missing asks for a signed repeat, which Vonage makes after a 5xx only', () => {
    expect(vonage.refusalStatus).toEqual({ missing_header: 503 });
  });
});

describe('the sig of an SMS callback', () => {
  // The values that Vonage's own Python library tests with.
  it.for([
    ['md5hash', '6af838ef94998832dbfc29020b564830'],
    ['md5', 'c15c21ced558c93a226c305f58f902f2'],
    ['sha1', '3e19a4e6880fdc2c1426bfd0587c98b9532f0210'],
    ['sha256', 'a321e824b9b816be7c3f28859a31749a098713d39f613c80d455bbaffae1cd24'],
    [
      'sha512',
      '812a18f76680fa0fe1b8bd9ee1625466ceb1bd96242e4d050d2cfd9a7b40166c63ed26ec9702168781b6edcf1633db8ff95af9341701004eec3fcf9550572ee8',
    ],
  ] as const)('by %s equals the published value', ([method, expected]) => {
    const request = formRequest('timestamp=1461605396&b=2&a=1');

    const { body } = signedParameters({ parameter: 'sig', method }).sign(request, new Secret('secret'), 0);

    expect(Buffer.from(body).toString()).toContain(`sig=${expected}`);
  });

  it('counts in upper case, too, and over values with & and =', () => {
    const scheme = signedParameters({ parameter: 'sig', method: 'sha256' });
    const secret = new Secret('secret');
    const request = scheme.sign(formRequest('text=a%26b%3Dc'), secret, 0);

    const upper = Buffer.from(request.body)
      .toString()
      .replace(/sig=.*/, (text) => `sig=${text.slice(4).toUpperCase()}`);

    expect(scheme.verify({ ...request, body: Buffer.from(upper) }, [secret], 0).accepted).toBe(true);
    expect(sigOf(request)).toBe(createHmac('sha256', 'secret').update('&text=a_b_c').digest('hex'));
  });

  it('of a GET covers every character of the query, and refuses a body', () => {
    const subject = subjectOf(expired);
    const request = signed(subject);

    const accepted = positions(request.target.length - 24, 300).filter((at) => {
      const target = withChangedCharacter(request.target, at + 24);
      return outcomeOf(subject, { ...request, target }) === 'accepted';
    });

    expect(outcomeOf(subject, request)).toBe('accepted');
    expect(accepted).toEqual([]);
    expect(outcomeOf(subject, { ...request, body: Buffer.from('a=1') })).toBe('body_hash_mismatch');
    expect(outcomeOf(subject, { ...request, target: `${request.target}&a=1` })).toBe('signature_mismatch');
  });

  it.for(['md5hash', 'md5', 'sha1', 'sha512'] as const)(
    'by %s does not count where the source says sha256',
    (method) => {
      const subject = subjectOf(delivered);
      const [secret = new Secret('')] = subject.settings.secrets;

      const request = signedParameters({ parameter: 'sig', method: method as SignatureMethod }).sign(
        subject.request,
        secret,
        0,
      );

      expect(outcomeOf(subject, request)).toBe('signature_mismatch');
    },
  );

  it.for([
    ['JSON', 'application/json', '{"messageId":"1"}', 'body_hash_mismatch'],
    ['a form that cannot be read', 'application/x-www-form-urlencoded', 'text=%FF&sig=a', 'signature_mismatch'],
    ['a repeated parameter', 'application/x-www-form-urlencoded', 'a=1&a=1&sig=a', 'malformed_header'],
  ] as const)('is refused over %s', ([, type, text, step]) => {
    const subject = subjectOf(delivered);
    const request = { ...subject.request, headers: [['Content-Type', type]] as const, body: Buffer.from(text) };

    expect(outcomeOf(subject, request)).toBe(step);
  });
});

describe('the answer to Vonage', () => {
  it.for([
    ['answer', 200, '[{"action":"talk","text":"Please hold."}]'],
    ['call.completed', 200, ''],
    ['message.received', 200, ''],
    ['sms.delivered', 200, ''],
  ] as const)('to %s has the status %i', ([event, status, body]) => {
    const subject = subjectOf(loadFixture('vonage', event));
    const delivery = deliveryOf(subject, signed(subject));

    const reply = replyTo(vonage, delivery, normalizeVonage(delivery));

    expect({ status: reply.status, body: reply.body }).toEqual({ status, body });
  });
});

describe('a Vonage event', () => {
  it('of a call is known by its id, status and time', () => {
    const { events } = normalizeWith('call.busy', {});

    expect(events[0]?.identity).toEqual({
      basis: 'key',
      parts: ['aaaaaaaa-bbbb-cccc-dddd-0123456789ab', 'busy', '2026-03-02T10:15:36.120Z'],
    });
  });

  it('does not take a time that is not known yet for one that was cleared', () => {
    const { events } = normalizeWith('call.answered', {});

    expect(events[0]?.statedFields).not.toContain('startedAt');
    expect(events[0]?.payload).toMatchObject({ answeredAt: Date.UTC(2026, 2, 2, 10, 15, 39, 120) });
  });

  it('has its numbers in E.164, although Vonage writes them without a plus, so a conversation stays in order', () => {
    const { events } = normalizeWith('message.delivered', {});

    expect(events[0]?.payload).toMatchObject({ toAddress: '+15005550006' });
    expect(events[0]?.orderBy).toMatchObject({ values: ['+15005550001', '+15005550006'] });
  });

  it('reads addresses of the first version of the Messages API', () => {
    const { events } = normalizeWith('message.received', { from: { type: 'sms', number: '15005550006' } });

    expect(events[0]?.payload).toMatchObject({ fromAddress: '+15005550006' });
  });

  it('of an SMS that the carrier keeps for now is passed on', () => {
    const subject = subjectOf(delivered);
    const request = { ...subject.request, body: Buffer.from('messageId=0B1&status=buffered') };

    const { events } = normalizeVonage(deliveryOf(subject, signed({ ...subject, request })));

    expect(events[0]).toMatchObject({
      topic: 'integration.event.v1',
      identity: { basis: 'key', parts: ['0B1', 'buffered'] },
      payload: { originalType: 'sms.buffered' },
    });
  });

  it('of an incoming SMS tells the two sides apart from those of a receipt', () => {
    const partiesOf = (event: string): unknown => normalizeWith(event, undefined).events[0]?.payload;

    expect(partiesOf('sms.received')).toMatchObject({
      fromAddress: '+15005550006',
      toAddress: '+15005550001',
      body: 'Is this the right part? a=b&c',
    });
    expect(partiesOf('sms.delivered')).toMatchObject({
      fromAddress: '+15005550001',
      toAddress: '+15005550006',
      failureCode: null,
    });
  });

  it.for(['ACME', '81070', 'sip:a@example.com', '07700900000'] as const)(
    'keeps %s, which is no international number, as it is',
    (from) => {
      const { events } = normalizeWith('call.answered', { from });

      expect(events[0]?.payload).toMatchObject({ fromAddress: from });
    },
  );

  it('of pressed keys or said words is no request for an answer, and each is an event of its own', () => {
    const inputs = ['input', 'input.again', 'input.speech'].map((name) => subjectOf(loadFixture('vonage', name)));
    const deliveries = inputs.map((input) => deliveryOf(input, signed(input)));
    const events = deliveries.flatMap((delivery) => normalizeVonage(delivery).events);

    expect(events.map(({ payload }) => payload)).toMatchObject(inputs.map(() => ({ originalType: 'input' })));
    expect(new Set(events.map(({ identity }) => JSON.stringify(identity))).size).toBe(3);
    expect(events.map(({ occurred }) => occurred)).toEqual(
      [5, 15, 25].map((second) => ({ at: Date.UTC(2026, 2, 2, 10, 20, second, 123), estimated: false })),
    );
    expect(deliveries.map((delivery) => asksForAnswer(delivery))).toEqual([false, false, false]);
  });

  it.for([
    [null, 'normalised'],
    ['', 'normalised'],
    ['soon', 'partial'],
  ] as const)('with the start %s states none and is %s', ([start_time, verdict]) => {
    const normalization = normalizeWith('call.completed', { start_time });

    expect(normalization.verdict).toBe(verdict);
    expect(normalization.events[0]?.statedFields).not.toContain('startedAt');
  });

  it('of a call without a time is partial', () => {
    expect(normalizeWith('call.completed', { timestamp: '2026-03-02 10:15' }).verdict).toBe('partial');
  });

  it.for(['call.machine', 'call.human'])('of %s says who answered, and nothing of the state of the call', (name) => {
    const { events } = normalizeWith(name, undefined);

    expect(events[0]).toMatchObject({
      type: 'telephony.call.updated',
      payload: { answeredBy: name.slice('call.'.length), status: null },
    });
  });

  it('keeps the ids of channels that are not of telephones as they are, although they are digits', () => {
    const { events } = normalizeWith('message.received', {
      channel: 'messenger',
      from: '1001001234567',
      to: '107083064136738',
    });

    expect(events[0]?.payload).toMatchObject({ fromAddress: '1001001234567', toAddress: '107083064136738' });
    expect(events[0]?.orderBy).toBeUndefined();
  });

  it('of a message without the words that it should have is partial', () => {
    expect(normalizeWith('message.received', { text: undefined }).verdict).toBe('partial');
  });

  it('of a content that is not read is partial, and of one that is read is not', () => {
    const verdicts = ['location', 'image', 'reply', 'v0'].map(
      (kind) => normalizeWith(`message.received.${kind}`, undefined).verdict,
    );

    expect(verdicts).toEqual(['partial', 'normalised', 'normalised', 'normalised']);
  });

  it.for([
    ['a status that is not known', { status: 'parked' }, 'call.parked'],
    ['nothing it knows', { uuid: undefined }, null],
    ['an id that is too long to be one', { uuid: 'u'.repeat(1_025) }, null],
  ] as const)('of %s is passed on', ([, change, originalType]) => {
    const { verdict, events } = normalizeWith('call.completed', change);

    expect(verdict).toBe('normalised');
    expect(events[0]).toMatchObject({ topic: 'integration.event.v1', payload: { originalType } });
  });
});

function subjectOf(fixture: Fixture): Subject<VonageOptions> {
  const settings = settingsWith(vonage, { options: fixture.options, account: fixture.account });
  return { definition: vonage, settings, request: requestOf(fixture, url), nowMs: conformanceNowMs };
}

function normalizeWith(event: string, change: object | undefined): ReturnType<typeof normalizeVonage> {
  const subject = subjectOf(loadFixture('vonage', event));
  if (change === undefined) return normalizeVonage(deliveryOf(subject, signed(subject)));
  const body = JSON.parse(Buffer.from(subject.request.body).toString('utf8'));
  const request = { ...subject.request, body: Buffer.from(JSON.stringify({ ...body, ...change })) };
  return normalizeVonage(deliveryOf(subject, signed({ ...subject, request })));
}

function formRequest(text: string): ReceivedRequest {
  const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const;
  return { method: 'POST', target: '/hooks/src_fixture', publicUrl: url, headers, body: Buffer.from(text) };
}

function sigOf(request: ReceivedRequest): string {
  return new URLSearchParams(Buffer.from(request.body).toString()).get('sig') ?? '';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function claimsOf(request: ReceivedRequest): Record<string, unknown> {
  return { iss: 'Vonage', iat: conformanceNowMs / 1000, payload_hash: sha256(Buffer.from(request.body).toString()) };
}

function hs256(secret: Secret): (text: string) => string {
  return (text) => createHmac('sha256', secret.reveal()).update(text).digest('base64url');
}

function withToken(
  request: ReceivedRequest,
  header: object,
  ...[claims, signature]: [claims: object, signature: (text: string) => string]
): ReceivedRequest {
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return withValue(request, 'Authorization', () => `Bearer ${text}.${signature(text)}`);
}
