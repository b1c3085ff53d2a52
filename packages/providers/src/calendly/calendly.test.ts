import { describe, expect, it } from 'vitest';

import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { deliveryOf, settingsWith, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { valueOf, withValue } from '../testing/tampering.ts';
import { calendly } from './index.ts';
import { normalizeCalendly } from './normalize.ts';
import { calendlyScheme } from './verify.ts';

const booked = loadFixture('calendly', 'invitee.created');

describeProvider(calendly, {
  options: {},
  account: 'DEMOORGANIZATION1',
  request: booked.request,
  signAt: (request, settings, timestamp) =>
    calendlyScheme.signAt(request, settings.secrets[0] ?? new Secret(''), timestamp),
  fixtures: true,
  downgrades: {
    'v0 instead of v1': (request) =>
      withValue(request, 'Calendly-Webhook-Signature', (value) => value.replace('v1=', 'v0=')),
    'a signature over the body alone': (request, secret) =>
      withValue(request, 'Calendly-Webhook-Signature', (value) =>
        value.replace(/v1=.*/, `v1=${hmac('sha256', secret.reveal(), [request.body]).toString('hex')}`),
      ),
  },
});

describe('Calendly-Webhook-Signature', () => {
  it('equals the value that HMAC-SHA256 over "<time>.<body>" gives, computed by hand', () => {
    const request = calendlyScheme.signAt(
      { ...booked.request, target: '/', publicUrl: 'https://h.example/', body: Buffer.from('{"event":"a"}') },
      new Secret('a signing key'),
      '1772446530',
    );

    // printf '1772446530.{"event":"a"}' | openssl dgst -sha256 -hmac 'a signing key'
    expect(valueOf(request, 'Calendly-Webhook-Signature')).toBe(
      't=1772446530,v1=310ae5b3e8a003548d2b4df49aa2eb7027676176b40a60fc28c84304f5e06082',
    );
  });
});

describe('a Calendly reschedule', () => {
  it('is said once, on the old booking, and the two halves name each other', () => {
    const old = eventsOf('invitee.canceled.rescheduled');
    const moved = eventsOf('invitee.created.rescheduled');

    expect(old.map(({ type }) => type)).toEqual(['calendar.booking.rescheduled']);
    expect(moved.map(({ type }) => type)).toEqual(['calendar.booking.confirmed']);
    expect(old[0]?.payload).toMatchObject({ replacedBy: moved[0]?.entity.id, status: 'rescheduled' });
    expect(moved[0]?.payload).toMatchObject({ replaces: old[0]?.entity.id, status: 'confirmed' });
  });

  it('is none without the word rescheduled: the booking is canceled', () => {
    const { events } = normalizeBody(bodyOf('invitee.canceled'));

    expect(events.map(({ type }) => type)).toEqual(['calendar.booking.canceled']);
  });
});

describe('a Calendly message', () => {
  it('has another id when it is about another invitee, at another time, or something else', () => {
    const body = bodyOf('invitee.created');

    const ids = [
      body,
      { ...body, created_at: '2026-03-02T10:15:29.000001Z' },
      { ...body, event: 'invitee.canceled' },
      { ...body, payload: { ...body.payload, uri: `${body.payload.uri}x` } },
    ].map((variant) => JSON.stringify(normalizeBody(variant).events[0]?.identity));

    expect(new Set(ids).size).toBe(4);
  });

  it.for([
    ['created_at', { created_at: null }],
    ['payload.uri', { payload: { ...bodyOf('routing_form_submission.created').payload, uri: '' } }],
  ] as const)('without %s is partial, and known by all it says', ([name, change]) => {
    const { verdict, reason, events } = normalizeBody({ ...bodyOf('routing_form_submission.created'), ...change });

    expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: `not found or not usable: ${name}` });
    expect(events[0]?.identity.basis).toBe('hash');
  });

  it('without any time is partial, and each reception of it is a new event', () => {
    const { verdict, events } = normalizeBody({ event: 'contact.created', payload: { name: 'Ann' } });

    expect(verdict).toBe('partial');
    expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });

  it('about an invitee who did not come is read in each of the forms that it is described in', () => {
    const mark = bodyOf('invitee_no_show.created');
    const withObject = { ...mark, payload: { ...mark.payload, invitee: { uri: mark.payload.invitee } } };
    const whole = bodyOf('invitee_no_show.created.invitee');

    const outcomes = [mark, withObject, whole].map(normalizeBody);

    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['normalised', 'normalised', 'normalised']);
    expect(outcomes.flatMap(({ events }) => events.map(({ type, entity }) => [type, entity.kind]))).toEqual(
      Array.from({ length: 3 }, () => ['calendar.booking.no_show', 'invitee']),
    );
    expect(outcomes[2]?.events[0]?.payload).toMatchObject({ noShow: true, inviteeEmail: 'ida.invitee@example.com' });
    expect(normalizeBody(bodyOf('invitee_no_show.deleted.invitee')).events[0]?.payload).toMatchObject({
      noShow: false,
    });
  });

  it.for([
    ['+1 559-555-0169', '+15595550169'],
    ['(559) 555-0169', '(559) 555-0169'],
    [null, null],
  ] as const)('with the number %s states %s', ([text_reminder_number, inviteePhone]) => {
    const body = bodyOf('invitee.created');

    const { events } = normalizeBody({ ...body, payload: { ...body.payload, text_reminder_number } });

    expect(events[0]?.payload).toMatchObject({ inviteePhone });
    expect(events[0]?.statedFields).toContain('inviteePhone');
  });

  it('of a call by the host has the number that is called', () => {
    expect(normalizeBody(bodyOf('invitee.created.call')).events[0]?.payload).toMatchObject({
      inviteePhone: '+15595550170',
      locationType: 'phone',
    });
  });

  it('of a paid booking has the payment in minor units, the campaign and the link of the host', () => {
    expect(normalizeBody(bodyOf('invitee.created.paid')).events[0]?.payload).toMatchObject({
      isPaid: true,
      paymentAmount: 2_550,
      paymentCurrency: 'USD',
      paymentProvider: 'stripe',
      utmSource: 'newsletter',
      utmCampaign: 'spring',
      meetingUrl: 'https://meet.example/ida',
      locationType: 'link',
    });
  });

  it('names the meeting although only the invitee does', () => {
    const body = bodyOf('invitee.created');
    const { uri: _uri, ...scheduled_event } = body.payload.scheduled_event;

    const { events } = normalizeBody({ ...body, payload: { ...body.payload, scheduled_event } });

    expect(events[0]?.payload).toMatchObject({ scheduledEventId: '5d1f6b0a-2c7e-4b7e-9a35-0f1d2c3b4a01' });
  });

  it('keeps answers and links that change the booking out of records', () => {
    expect(JSON.stringify(eventsOf('invitee.created'))).not.toMatch(/A demo|cancellations|reschedulings/);
  });

  it('about an invitee that names none is passed on', () => {
    const body = bodyOf('invitee_no_show.created');

    const { verdict, events } = normalizeBody({ ...body, payload: { ...body.payload, invitee: null } });

    expect(verdict).toBe('partial');
    expect(events[0]).toMatchObject({ topic: 'integration.event.v1', entity: { kind: 'invitee_no_shows' } });
  });

  it('states no host while there are several: none of them is the host', () => {
    const body = bodyOf('invitee.created');
    const meeting = body.payload.scheduled_event;
    const hosts = [...meeting.event_memberships, ...meeting.event_memberships];

    const { verdict, events } = normalizeBody({
      ...body,
      payload: { ...body.payload, scheduled_event: { ...meeting, event_memberships: hosts } },
    });

    expect(verdict).toBe('normalised');
    expect(events[0]?.statedFields).not.toContain('hostEmail');
    expect(events[0]?.payload).toMatchObject({ hostId: null, hostEmail: null });
  });

  it('keeps the beginning of a long reason and says so', () => {
    const body = bodyOf('invitee.canceled');
    const cancellation = { ...body.payload.cancellation, reason: 'x'.repeat(5_000) };

    const { events } = normalizeBody({ ...body, payload: { ...body.payload, cancellation } });

    expect(events[0]?.payload).toMatchObject({
      cancellationReason: 'x'.repeat(4_096),
      cancellationReasonTruncated: true,
    });
  });

  it('with a time that is none is partial and does not state it', () => {
    const body = bodyOf('invitee.created');

    const { verdict, reason, events } = normalizeBody({ ...body, payload: { ...body.payload, updated_at: 'soon' } });

    expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: 'not of the documented form: updated_at' });
    expect(events[0]?.statedFields).not.toContain('updatedAt');
  });
});

function bodyOf(event: string): ReturnType<typeof JSON.parse> {
  return JSON.parse(Buffer.from(loadFixture('calendly', event).request.body).toString('utf8'));
}

function eventsOf(event: string): ReturnType<typeof normalizeCalendly>['events'] {
  return normalizeBody(bodyOf(event)).events;
}

function normalizeBody(body: unknown): ReturnType<typeof normalizeCalendly> {
  const settings = settingsWith(calendly, { options: {}, account: 'DEMOORGANIZATION1' });
  const request = requestOf(booked, 'https://hooks.example.com/hooks/src_fixture');
  const subject: Subject<Record<string, never>> = { definition: calendly, settings, request, nowMs: conformanceNowMs };
  const changed = { ...request, body: Buffer.from(JSON.stringify(body)) };
  return normalizeCalendly(deliveryOf(subject, calendly.sign(changed, settings, conformanceNowMs)));
}
