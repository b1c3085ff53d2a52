import { describe, expect, it } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import type { SourceSettings } from '../contract/settings.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { valueOf, withValue } from '../testing/tampering.ts';
import { clerk } from './index.ts';
import { normalizeClerk } from './normalize.ts';
import type { ClerkOptions } from './options.ts';
import { clerkScheme } from './verify.ts';

const created = loadFixture('clerk', 'user.created');

describeProvider(clerk, {
  options: {},
  request: created.request,
  signAt: (request: ReceivedRequest, settings: SourceSettings, timestamp: string) =>
    clerkScheme.signAt(request, settings.secrets[0] ?? new Secret(''), timestamp),
  fixtures: true,
  downgrades: {
    'v1a in the name of v1': (request) => withValue(request, 'svix-signature', (value) => value.replace('v1,', 'v1a,')),
    'the headers of Standard Webhooks': (request) => ({
      ...request,
      headers: request.headers.map(([name, value]) => [name.replace('svix-', 'webhook-'), value] as const),
    }),
  },
});

describe('svix-signature', () => {
  it('equals the value that the reference libraries publish', () => {
    // The example that the reference libraries test with, under Svix's names.
    const request = clerkScheme.signAt(
      {
        ...subjectWith().request,
        headers: [['svix-id', 'msg_p5jXN8AQM9LWM0D4loKWxJek']],
        body: Buffer.from('{"test": 2432232314}'),
      },
      new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
      '1614265330',
    );

    expect(valueOf(request, 'svix-signature')).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('may stand beside the headers of Standard Webhooks, which do not count', () => {
    const subject = subjectWith();
    const request = signed(subject);

    const both = { ...request, headers: [...request.headers, ['webhook-signature', 'v1,x'] as const] };

    expect(outcomeOf(subject, both)).toBe('accepted');
  });
});

describe('a Clerk event', () => {
  it('never carries what was stored as private, network addresses or other addresses of the user', () => {
    const { events } = normalize(bodyOf('user.created'));

    const text = JSON.stringify(events);
    for (const hidden of ['withheld', '192.0.2.10', 'second@example.com', 'Mozilla'])
      expect(text).not.toContain(hidden);
  });

  it('of a user without a primary address clears the address', () => {
    const { events } = normalize(bodyOf('user.updated'));

    expect(events[0]?.payload).toMatchObject({
      email: null,
      emailVerified: null,
      status: 'suspended',
      isDeleted: null,
    });
    expect(events[0]?.statedFields).toEqual(expect.arrayContaining(['email', 'emailVerified', 'status']));
    expect(events[0]?.statedFields).not.toContain('isDeleted');
  });

  it('whose primary address is not among its addresses is partial and states none', () => {
    const body = bodyOf('user.created');

    const { verdict, events } = normalize({ ...body, data: { ...body.data, email_addresses: [] } });

    expect(verdict).toBe('partial');
    expect(events[0]?.statedFields).not.toContain('email');
  });

  it('of a deletion states nothing but that', () => {
    expect(normalize(bodyOf('user.deleted')).events[0]?.statedFields).toEqual(['isDeleted']);
  });

  it('of a membership stays in order with its organization', () => {
    const { events } = normalize(bodyOf('organizationMembership.updated'));

    expect(events[0]).toMatchObject({
      entity: { kind: 'organization_membership', id: 'orgmem_2pDemoMember0001' },
      orderBy: { by: 'entity', entity: { kind: 'organization', id: 'org_2pDemoOrg0001' } },
    });
  });

  it.for([
    ['in seconds', { timestamp: 1_772_446_530 }, 1772446529801],
    ['absent', { timestamp: undefined }, 1772446529801],
    ['no number', { timestamp: 'soon' }, 1772446529801],
  ] as const)('whose time is %s has that of its last change', ([, change, at]) => {
    const { events } = normalize({ ...bodyOf('user.created'), ...change });

    expect(events[0]?.occurred).toEqual({ at, estimated: false });
  });

  it('without an instance belongs to the configured account, else to the source', () => {
    const { instance_id: _instance, ...body } = bodyOf('user.created');

    expect(normalize(body).events[0]?.account).toBe('src_fixture');
    expect(normalize(body, 'ins_9').events[0]?.account).toBe('ins_9');
  });

  it.for([
    ['an object without an id', { type: 'user.created', data: {} }],
    ['no object', { type: 'session.created' }],
  ] as const)('with %s is passed on, and the verdict says so', ([, body]) => {
    const { verdict, events } = normalize(body);

    expect(verdict).toBe('partial');
    expect(events[0]).toMatchObject({ topic: 'integration.event.v1', identity: { basis: 'id' } });
  });

  it('has the primary telephone number of a user, and clears it where there is none', () => {
    expect(normalize(bodyOf('user.created.phone')).events[0]?.payload).toMatchObject({
      phone: '+15005550006',
      phoneVerified: true,
    });
    expect(normalize(bodyOf('user.created')).events[0]?.statedFields).toContain('phone');
  });

  it('of one purchase is one payment, however often it is tried and told', () => {
    const told = ['paymentAttempt.created', 'paymentAttempt.updated'].map((name) => bodyOf(name));
    const again = told.map((body) => ({ ...body, data: { ...body.data, id: 'cpatt_another' } }));
    const events = [...told, ...again].flatMap((body) => normalize(body).events);

    expect(new Set(events.map(({ topic, entity }) => `${topic} ${entity.kind}/${entity.id}`))).toEqual(
      new Set(['payments.payment.v1 payment/cpay_2pDemoPayment0001']),
    );
    expect(events.at(-1)?.payload).toMatchObject({ status: 'succeeded', amount: 2_500, currency: 'USD' });
  });

  it('of a canceled plan says that it is used until its period ends, and of an ended one that it is over', () => {
    expect(normalize(bodyOf('subscriptionItem.canceled')).events[0]?.payload).toMatchObject({
      status: 'active',
      cancelAtPeriodEnd: true,
    });
    expect(normalize(bodyOf('subscriptionItem.ended')).events[0]).toMatchObject({
      type: 'payments.subscription.canceled',
      payload: { status: 'canceled' },
      orderBy: { entity: { kind: 'subscription' } },
    });
  });

  it('of a payment in a state that nobody knows is passed on, and the verdict says so', () => {
    const body = bodyOf('paymentAttempt.updated');

    const { verdict, events } = normalize({ ...body, data: { ...body.data, status: 'odd' } });

    expect(verdict).toBe('partial');
    expect(events[0]?.topic).toBe('integration.event.v1');
  });

  it('without a canonical form is about its object', () => {
    expect(normalize(bodyOf('waitlistEntry.created')).events[0]?.entity).toEqual({
      kind: 'waitlist_entry',
      id: 'wle_2pDemoEntry0001',
    });
  });

  it.for([
    [undefined, 'normalised'],
    ['soon', 'partial'],
    [1_772_446_530, 'partial'],
  ] as const)('whose only time is %s has an estimated one and is %s', ([timestamp, verdict]) => {
    expect(normalize({ ...bodyOf('user.deleted'), timestamp })).toMatchObject({
      verdict,
      events: [{ occurred: { estimated: true } }],
    });
  });

  it('that cannot be read has the id that is signed beside it, so a repeat is one', () => {
    expect(normalizeText('not JSON').events[0]?.identity).toEqual({ basis: 'id', id: 'msg_2pgkkuvgDemo0001' });
  });

  it.for(['[]', 'null', '{"type":"a","type":"b"}'])('that cannot be read is kept whole: %s', (text) => {
    expect(normalizeText(text).verdict).toBe('unnormalised');
  });
});

function subjectWith(account?: string): Subject<ClerkOptions> {
  const settings = settingsWith(clerk, { options: {}, account });
  const request = requestOf(created, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: clerk, settings, request, nowMs: conformanceNowMs };
}

function bodyOf(event: string): { data: Record<string, unknown>; instance_id?: string } {
  return JSON.parse(Buffer.from(loadFixture('clerk', event).request.body).toString('utf8'));
}

function normalize(body: unknown, account?: string): ReturnType<typeof normalizeClerk> {
  return normalizeText(JSON.stringify(body), account);
}

function normalizeText(text: string, account?: string): ReturnType<typeof normalizeClerk> {
  const subject = subjectWith(account);
  const request = { ...subject.request, body: Buffer.from(text) };
  return normalizeClerk(deliveryOf(subject, signed({ ...subject, request })));
}
