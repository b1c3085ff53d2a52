import { describe, expect, it } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { mailgun } from './index.ts';
import { normalizeMailgun } from './normalize.ts';
import type { MailgunOptions } from './options.ts';
import { mailgunScheme } from './verify.ts';

interface Body {
  signature: { timestamp: string; token: string; signature: string };
  'event-data': Record<string, unknown>;
}

const delivered = loadFixture('mailgun', 'delivered');

describeProvider(mailgun, {
  options: {},
  account: 'mg.example.com',
  request: delivered.request,
  signAt: (request, settings, timestamp) =>
    mailgunScheme(settings.options).signAt(request, settings.secrets[0] ?? new Secret(''), timestamp),
  fixtures: true,
  downgrades: {
    'SHA-1 instead of SHA-256': (request, secret) =>
      withProof(request, ({ timestamp, token }) => ({
        timestamp,
        token,
        signature: hmac('sha1', secret.reveal(), [timestamp, token]).toString('hex'),
      })),
    'the signature in upper case': (request) =>
      withProof(request, (proof) => ({ ...proof, signature: proof.signature.toUpperCase() })),
    'a digit moved from the time to the token': (request) =>
      withProof(request, ({ timestamp, token, signature }) => ({
        timestamp: timestamp.slice(0, -1),
        token: timestamp.slice(-1) + token,
        signature,
      })),
    'a digit moved from the token to the time': (request, secret) =>
      withProof(request, ({ timestamp }) => ({
        timestamp: `${timestamp}1`,
        token: 'abc',
        signature: hmac('sha256', secret.reveal(), [timestamp, '1abc']).toString('hex'),
      })),
    'the signature of a parent account alone': (request) => {
      const { signature, ...body } = bodyOf(request);
      return { ...request, body: Buffer.from(JSON.stringify({ ...body, 'parent-signature': signature })) };
    },
  },
});

describe("Mailgun's signature", () => {
  it('equals the value that HMAC-SHA256 over time and token gives, computed by hand', () => {
    const body = {
      signature: {
        timestamp: '1772446530',
        token: 'a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0',
        // printf '1772446530a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0' | openssl dgst -sha256 -hmac signing
        signature: '58d48d8a3d6bd1efbff05a4af519f8ca4cb5156299a05c9600aa2a6662881197',
      },
      'event-data': {},
    };
    const subject = subjectWith(new Secret('signing'));

    const outcome = outcomeOf(subject, { ...subject.request, body: Buffer.from(JSON.stringify(body)) });

    expect(outcome).toBe('accepted');
  });

  it('does not cover the event, which is why the page says so', () => {
    const subject = subjectWith();
    const request = signed(subject);
    const body = bodyOf(request);

    const changed = Buffer.from(JSON.stringify({ ...body, 'event-data': { event: 'complained' } }));

    expect(outcomeOf(subject, { ...request, body: changed })).toBe('accepted');
    expect(mailgun.coverage(subject.settings.options).body).toBe('none');
  });
});

describe('a form of Mailgun', () => {
  const time = String(conformanceNowMs / 1000);
  const proof = {
    timestamp: time,
    token: 't0k3n',
    signature: hmac('sha256', 'signing', [time, 't0k3n']).toString('hex'),
  };
  const mail = { recipient: 'support@mg.example.com', from: 'Ann <ann@example.com>', 'Message-Id': '<m1@example.com>' };
  const urlencoded = (fields: Record<string, string>): ReceivedRequest => ({
    ...subjectWith().request,
    headers: [['Content-Type', 'application/x-www-form-urlencoded']],
    body: Buffer.from(new URLSearchParams(fields).toString()),
  });
  const inParts = (fields: Record<string, string>): ReceivedRequest => ({
    ...subjectWith().request,
    headers: [['Content-Type', 'multipart/form-data; boundary=xYz']],
    body: Buffer.from(
      `${Object.entries(fields)
        .map(([name, value]) => `--xYz\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
        .join(
          '',
        )}--xYz\r\nContent-Disposition: form-data; name="attachment-1"; filename="a.png"\r\n\r\n\u0000\r\n--xYz--`,
    ),
  });
  const subject = subjectWith(new Secret('signing'));

  it.for([
    ['urlencoded', urlencoded],
    ['in parts', inParts],
  ] as const)('%s is proven by its fields and becomes an incoming mail', ([, write]) => {
    const request = write({ ...proof, ...mail, subject: 'Is it in stock?', 'attachment-count': '1' });

    const { verdict, events } = normalizeMailgun(deliveryOf(subject, request));

    expect(verdict).toBe('normalised');
    expect(events).toMatchObject([
      {
        type: 'communications.email.received',
        identity: { basis: 'key' },
        payload: { fromAddress: 'ann@example.com', recipients: ['support@mg.example.com'], attachmentCount: 1 },
      },
    ]);
  });

  it.for([
    ['urlencoded', urlencoded, '%00', '%FF'],
    ['in parts', inParts, '\0', '\u00ff'],
  ] as const)('%s with a text in another charset is proven and read all the same', ([, write, mark, bad]) => {
    const request = write({ ...proof, ...mail, 'body-plain': 'Gr\0n' });
    const text = Buffer.from(request.body).toString('latin1').replace(mark, bad);

    const { verdict, reason, events } = normalizeMailgun(
      deliveryOf(subject, { ...request, body: Buffer.from(text, 'latin1') }),
    );

    expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: 'a field is not UTF-8 and was left out' });
    expect(events).toMatchObject([{ payload: { fromAddress: 'ann@example.com' }, identity: { basis: 'key' } }]);
  });

  it('of an older webhook is passed on without what signs', () => {
    const request = urlencoded({ ...proof, event: 'delivered', recipient: 'a@example.com' });

    const { verdict, events } = normalizeMailgun(deliveryOf(subject, request));

    expect(verdict).toBe('normalised');
    expect(events).toMatchObject([{ topic: 'integration.event.v1', payload: { originalType: 'delivered' } }]);
    expect(JSON.stringify(events)).not.toContain('t0k3n');
    expect(String(Reflect.get(events[0]?.payload ?? {}, 'body'))).not.toContain('token');
  });

  it.for([
    ['another signature', { ...proof, signature: 'f'.repeat(64) }, 'signature_mismatch'],
    ['another token', { ...proof, token: 'other' }, 'signature_mismatch'],
    ['no signature', { timestamp: time, token: 't0k3n' }, 'missing_header'],
  ] as const)('with %s is refused', ([, fields, step]) => {
    expect(outcomeOf(subject, urlencoded(fields))).toBe(step);
    expect(outcomeOf(subject, inParts(fields))).toBe(step);
  });
});

describe('a refusal of Mailgun', () => {
  it('is 406, which ends the repeats, only where a repeat cannot help', () => {
    expect(mailgun.refusalStatus).toEqual({ timestamp_expired: 406 });
  });
});

describe('a Mailgun event', () => {
  it('that has no canonical form is passed on without anything that signs', () => {
    const body = { ...bodyOf(loadFixture('mailgun', 'rejected').request), 'parent-signature': { signature: 'x' } };

    const [passed] = normalizeBody(body).events;

    const text = passed?.topic === 'integration.event.v1' ? String((passed.payload as { body: Buffer }).body) : '';
    expect(Object.keys(JSON.parse(text))).toEqual(['event-data']);
  });

  it('is known by id and time, because its ids are unique within a day', () => {
    const [event] = normalizeBody(bodyOf(delivered.request)).events;

    expect(event?.identity).toEqual({ basis: 'key', parts: ['DEMOdelive0005AAAAAAAA', '1772446505.123456'] });
  });

  it('has the same e-mail for the same recipient and another for another, and no address in its id', () => {
    const body = bodyOf(delivered.request);
    const entityOf = (recipient: string): string =>
      normalizeBody({ ...body, 'event-data': { ...body['event-data'], recipient } }).events[0]?.entity.id ?? '';

    expect(entityOf('a@example.com')).toBe(entityOf('a@example.com'));
    expect(entityOf('a@example.com')).not.toBe(entityOf('b@example.com'));
    expect(entityOf('a@example.com')).not.toContain('a@');
  });

  it.for([
    ['bounce', { status: 'bounced', bounceType: 'hard', responseCode: '550' }],
    ['suppress-bounce', { status: 'dropped', bounceType: null, responseCode: null }],
    ['suppress-unsubscribe', { status: 'dropped', bounceType: null, responseCode: null }],
  ] as const)('that failed for good because of %s is what that means', ([reason, payload]) => {
    const body = bodyOf(loadFixture('mailgun', 'permanent_fail').request);

    const { events } = normalizeBody({ ...body, 'event-data': { ...body['event-data'], reason } });

    expect(events[0]?.payload).toMatchObject(payload);
  });

  it.for([
    ['no recipient', { recipient: undefined }, 'not of the documented form: message-id or recipient'],
    ['no id', { id: undefined }, 'not of the documented form: id'],
    ['no time', { timestamp: 'soon' }, 'not of the documented form: timestamp'],
    ['a message id longer than any', { message: { headers: { 'message-id': 'x'.repeat(901) } } }, undefined],
  ] as const)('with %s is partial', ([, changes, reason]) => {
    const body = bodyOf(delivered.request);

    const normalization = normalizeBody({ ...body, 'event-data': { ...body['event-data'], ...changes } });

    expect(normalization).toMatchObject({ verdict: 'partial', ...(reason === undefined ? {} : { reason }) });
  });

  it('without event data is kept, and the verdict says so', () => {
    expect(normalizeBody({ signature: {} })).toMatchObject({
      verdict: 'unnormalised',
      events: [{ topic: 'integration.event.v1', identity: { basis: 'rx' } }],
    });
  });
});

function subjectWith(secret?: Secret): Subject<MailgunOptions> {
  const secrets = secret === undefined ? {} : { secrets: [secret] };
  const settings = settingsWith(mailgun, { options: {}, account: 'mg.example.com', ...secrets });
  const request = requestOf(delivered, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: mailgun, settings, request, nowMs: conformanceNowMs };
}

function bodyOf(request: { readonly body: Uint8Array }): Body {
  return JSON.parse(Buffer.from(request.body).toString('utf8'));
}

function withProof(request: ReceivedRequest, change: (proof: Body['signature']) => Body['signature']): ReceivedRequest {
  const body = bodyOf(request);
  return { ...request, body: Buffer.from(JSON.stringify({ ...body, signature: change(body.signature) })) };
}

function normalizeBody(body: unknown): ReturnType<typeof normalizeMailgun> {
  const subject = subjectWith();
  const request = mailgun.sign(
    { ...subject.request, body: Buffer.from(JSON.stringify(body)) },
    subject.settings,
    subject.nowMs,
  );
  return normalizeMailgun(deliveryOf(subject, request));
}
