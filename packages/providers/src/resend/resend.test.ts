import { describe, expect, it } from 'vitest';

import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { deliveryOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { withValue } from '../testing/tampering.ts';
import { resend } from './index.ts';
import { normalizeResend } from './normalize.ts';
import type { ResendOptions } from './options.ts';
import { resendScheme } from './verify.ts';

const bounced = loadFixture('resend', 'email.bounced');

describeProvider(resend, {
  options: {},
  account: 'acme',
  request: bounced.request,
  signAt: (request, settings, timestamp) =>
    resendScheme.signAt(request, settings.secrets[0] ?? new Secret(''), timestamp),
  fixtures: true,
  downgrades: {
    'v1a in the name of v1': (request) => withValue(request, 'svix-signature', (value) => value.replace('v1,', 'v1a,')),
  },
});

describe('a Resend event', () => {
  it.for([
    ['Permanent', 'hard'],
    ['Transient', 'soft'],
    ['Undetermined', 'Undetermined'],
  ] as const)('of a bounce that is %s says %s', ([given, bounceType]) => {
    const { events } = normalizeWith({ bounce: { type: given, message: '' } });

    expect(events[0]?.payload).toMatchObject({ bounceType, reason: null });
  });

  it.for(['Suppressed', 'OnAccountSuppressionList'])(
    'of a "bounce" that is %s, which nobody refused, is dropped',
    (subType) => {
      const { events } = normalizeWith({ bounce: { type: 'Permanent', subType, message: 'On a list' } });

      expect(events[0]).toMatchObject({
        type: 'communications.email.dropped',
        payload: { status: 'dropped', bounceType: null, reason: 'On a list' },
      });
    },
  );

  it('never carries network addresses or programs of the recipient', () => {
    const { events } = normalizeText(Buffer.from(loadFixture('resend', 'email.clicked').request.body).toString('utf8'));

    const text = JSON.stringify(events);
    for (const hidden of ['192.0.2.10', 'Mozilla']) expect(text).not.toContain(hidden);
  });

  it('states the delivery or the engagement, so that an opening hides no bounce', () => {
    const fieldsOf = (event: string): readonly string[] | undefined =>
      normalizeText(Buffer.from(loadFixture('resend', event).request.body).toString('utf8')).events[0]?.statedFields;

    expect(fieldsOf('email.opened')).toContain('engagement');
    expect(fieldsOf('email.opened')).not.toContain('status');
    expect(fieldsOf('email.bounced')).toContain('status');
    expect(fieldsOf('email.bounced')).not.toContain('engagement');
  });

  it.for([
    ['2026-03-02T10:15:29.894Z', Date.UTC(2026, 2, 2, 10, 15, 29, 894)],
    ['2026-03-02 10:15:29.894719+00', Date.UTC(2026, 2, 2, 10, 15, 29, 894)],
    ['2026-03-02T12:15:29+02:00', Date.UTC(2026, 2, 2, 10, 15, 29)],
  ] as const)('reads the time %s', ([created_at, sentAt]) => {
    expect(normalizeWith({ created_at }).events[0]?.payload).toMatchObject({ sentAt });
  });

  it.for([
    ['tags', { tags: 'a' }],
    ['to', { to: ['nobody'] }],
    ['created_at', { created_at: '2026-03-02T10:15:29' }],
  ] as const)('is partial and leaves out what is not of the documented form: %s', ([path, change]) => {
    expect(normalizeWith(change)).toMatchObject({ verdict: 'partial', reason: `not of the documented form: ${path}` });
  });

  it('names its recipients by their addresses alone', () => {
    const { events } = normalizeWith({ to: ['Ada Example <ada@example.com>', 'bob@example.com'] });

    expect(events[0]?.payload).toMatchObject({ recipients: ['ada@example.com', 'bob@example.com'] });
  });

  it('named after an e-mail that carries none is passed on, and the verdict says so', () => {
    const { verdict, events } = normalizeText('{"type":"email.sent","data":{}}');

    expect(verdict).toBe('partial');
    expect(events[0]).toMatchObject({ topic: 'integration.event.v1', account: 'acme', identity: { basis: 'id' } });
  });
});

function normalizeWith(change: Readonly<Record<string, unknown>>): ReturnType<typeof normalizeResend> {
  const body = JSON.parse(Buffer.from(bounced.request.body).toString('utf8'));
  return normalizeText(JSON.stringify({ ...body, data: { ...body.data, ...change } }));
}

function normalizeText(text: string): ReturnType<typeof normalizeResend> {
  const settings = settingsWith(resend, { options: {}, account: 'acme' });
  const request = { ...requestOf(bounced, 'https://hooks.example.com/hooks/src_fixture'), body: Buffer.from(text) };
  const subject: Subject<ResendOptions> = { definition: resend, settings, request, nowMs: conformanceNowMs };
  return normalizeResend(deliveryOf(subject, signed(subject)));
}
