import { describe, expect, it } from 'vitest';

import { verifyDelivery } from '../contract/delivery.ts';
import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { deliveryOf, settingsWith, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { valueOf, withValue } from '../testing/tampering.ts';
import { calCom } from './index.ts';
import { normalizeCalCom } from './normalize.ts';
import { calComScheme } from './verify.ts';

const booked = loadFixture('cal_com', 'BOOKING_CREATED');
const header = 'X-Cal-Signature-256';

describeProvider(calCom, {
  options: {},
  account: 'org_5',
  request: booked.request,
  fixtures: true,
  downgrades: {
    'no-secret-provided, in words': (request) => withValue(request, header, () => 'no-secret-provided'),
    'SHA-1 instead of SHA-256': (request, secret) =>
      withValue(request, header, () => hmac('sha1', secret.reveal(), [request.body]).toString('hex')),
    'a prefix before the digest': (request) => withValue(request, header, (value) => `sha256=${value}`),
    'the signature in upper case': (request) => withValue(request, header, (value) => value.toUpperCase()),
  },
});

describe('X-Cal-Signature-256', () => {
  it('equals the value that HMAC-SHA256 over the body gives, computed by hand', () => {
    const request = calComScheme.sign(
      { ...booked.request, target: '/', publicUrl: 'https://h.example/', body: Buffer.from('{"triggerEvent":"A"}') },
      new Secret('a webhook secret'),
      conformanceNowMs,
    );

    // printf '{"triggerEvent":"A"}' | openssl dgst -sha256 -hmac 'a webhook secret'
    expect(valueOf(request, header)).toBe('b6d63d26ae5139f62c9cd8e1825a93b1cf309bdf8340ad218ff5802dbc00672f');
  });

  it('that says no-secret-provided is refused, and the refusal says what to click', () => {
    const { settings, request } = subject();

    const result = verifyDelivery(
      { provider: calCom, settings },
      withValue(request, header, () => 'no-secret-provided'),
      conformanceNowMs,
    );

    expect(result).toMatchObject({
      ok: false,
      step: 'unsupported_version',
      detail: expect.stringMatching(/set a secret on the webhook/),
    });
  });
});

describe('a Cal.com reschedule', () => {
  it('is two events of one message: the old booking moves, the new one is confirmed', () => {
    const { verdict, events } = normalizeBody(bodyOf('BOOKING_RESCHEDULED'));

    expect(verdict).toBe('normalised');
    expect(events.map(({ type, entity }) => [type, entity.id])).toEqual([
      ['calendar.booking.confirmed', 'aDemo1Booking2Uid3Two'],
      ['calendar.booking.rescheduled', 'aDemo1Booking2Uid3One'],
    ]);
    expect(events[0]?.payload).toMatchObject({ replaces: 'aDemo1Booking2Uid3One' });
    expect(events[1]?.payload).toMatchObject({ replacedBy: 'aDemo1Booking2Uid3Two', startsAt: null });
  });

  it('that names no other booking changes the times of the one it names', () => {
    const body = bodyOf('BOOKING_RESCHEDULED');

    const outcomes = [undefined, '', body.payload.uid].map((rescheduleUid) =>
      normalizeBody({ ...body, payload: { ...body.payload, rescheduleUid } }).events.map(({ type }) => type),
    );

    expect(outcomes).toEqual(Array.from({ length: 3 }, () => ['calendar.booking.confirmed']));
  });
});

describe('a Cal.com seat', () => {
  it('is a booking of its own, of who took it, and names the meeting that others booked, too', () => {
    const { verdict, events } = normalizeBody(bodyOf('BOOKING_CREATED.seat'));

    expect(verdict).toBe('normalised');
    expect(events[0]).toMatchObject({
      type: 'calendar.booking.confirmed',
      entity: { kind: 'seat', id: 'seatDemo0002' },
      payload: { inviteeEmail: 'di@example.com', scheduledEventId: 'gDemo1Group2Uid3One', guestCount: null },
    });
  });

  it('that is given back cancels neither the meeting nor the other seats', () => {
    const { events } = normalizeBody(bodyOf('BOOKING_CANCELLED.seat'));

    expect(events.map(({ entity }) => entity)).toEqual([{ kind: 'seat', id: 'seatDemo0002' }]);
  });

  it('ends with its meeting, as do the others', () => {
    const { verdict, events } = normalizeBody(bodyOf('BOOKING_CANCELLED.group'));

    expect(verdict).toBe('normalised');
    expect(events.map(({ entity }) => `${entity.kind}/${entity.id}`)).toEqual([
      'booking/gDemo1Group2Uid3One',
      'seat/seatDemo0001',
      'seat/seatDemo0002',
    ]);
    expect(new Set(events.map(({ identity }) => JSON.stringify(identity))).size).toBe(3);
  });

  it('taken at the same moment as another is another event', () => {
    const body = bodyOf('BOOKING_CREATED.seat');
    const idOf = (attendeeSeatId: string): unknown =>
      normalizeBody({ ...body, payload: { ...body.payload, attendeeSeatId } }).events[0]?.identity;

    expect(idOf('seatDemo0003')).not.toEqual(idOf('seatDemo0002'));
  });

  it('is that of the attendee who names it, in whatever order they stand', () => {
    const body = bodyOf('BOOKING_CREATED.seat');
    const [cy, di] = body.payload.attendees;
    const attendees = [{ ...di, bookingSeat: { referenceUid: 'seatDemo0002' } }, cy];

    const { events } = normalizeBody({ ...body, payload: { ...body.payload, attendees } });

    expect(events[0]?.payload).toMatchObject({ inviteeEmail: 'di@example.com' });
  });

  it('of one among several attendees that do not say who it is names nobody, and the verdict says so', () => {
    const body = bodyOf('BOOKING_CREATED.seat');

    const { verdict, events } = normalizeBody({ ...body, triggerEvent: 'BOOKING_RESCHEDULED' });

    expect(verdict).toBe('partial');
    expect(events[0]?.statedFields).not.toContain('inviteeEmail');
  });
});

describe('a Cal.com message', () => {
  it.for(['MEETING_STARTED', 'MEETING_ENDED'])(
    '%s states nothing: it is by the schedule, its booking is old',
    (name) => {
      const flat = bodyOf(name);
      const { triggerEvent, ...payload } = flat;

      const outcomes = [flat, { triggerEvent, createdAt: '2026-03-06T09:30:01.000Z', payload }].map(normalizeBody);

      expect(outcomes.map(({ verdict }) => verdict)).toEqual(['normalised', 'normalised']);
      expect(outcomes.flatMap(({ events }) => events).map(({ statedFields }) => statedFields)).toEqual([[], []]);
    },
  );

  it('about attendees who did not come says so only when it says the same of all', () => {
    const body = bodyOf('BOOKING_NO_SHOW_UPDATED');
    const typesOf = (...marks: readonly unknown[]): readonly string[] => {
      const attendees = marks.map((noShow) => ({ email: 'a@example.com', noShow }));
      return normalizeBody({ ...body, payload: { ...body.payload, attendees } }).events.map(({ type }) => type);
    };

    expect(typesOf(true, true)).toEqual(['calendar.booking.no_show']);
    expect(typesOf(false)).toEqual(['calendar.booking.no_show_cleared']);
    expect(typesOf(true, false)).toEqual(['integration.event.received']);
    expect(typesOf()).toEqual(['integration.event.received']);
    expect(typesOf('yes')).toEqual(['integration.event.received']);
  });

  it('names who canceled by side, never by address', () => {
    const body = bodyOf('BOOKING_CANCELLED');
    const sideOf = (cancelledBy: unknown): unknown => {
      const [event] = normalizeBody({ ...body, payload: { ...body.payload, cancelledBy } }).events;
      return Reflect.get(event?.payload ?? {}, 'canceledBy');
    };

    expect(sideOf('host@example.com')).toBe('host');
    expect(sideOf('guest@example.com')).toBe('invitee');
    expect(sideOf('admin@example.com')).toBeNull();
  });

  it.for([
    ['integrations:google:meet', 'google_meet'],
    ['integrations:office365_video', 'microsoft_teams'],
    ['integrations:daily', 'daily'],
    ['inPerson', 'physical'],
    ['https://meet.example/1', 'link'],
    ['12 Sample Street', null],
    ['+1 415-555-0134', 'phone'],
  ] as const)('with the location %s has the kind %s', ([location, expected]) => {
    const body = bodyOf('BOOKING_CREATED');

    const { events } = normalizeBody({ ...body, payload: { ...body.payload, location } });

    expect(events[0]?.payload).toMatchObject({ locationType: expected });
  });

  it('without createdAt is partial, and each reception of it is a new event', () => {
    const { createdAt: _at, ...body } = bodyOf('BOOKING_CREATED');

    const { verdict, events } = normalizeBody(body);

    expect(verdict).toBe('partial');
    expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });

  it('of a form or an absence is about no booking, and that is no flaw', () => {
    const body = {
      triggerEvent: 'FORM_SUBMITTED',
      createdAt: '2026-03-06T09:30:01.000Z',
      payload: { responses: {} },
    };

    const { verdict, events } = normalizeBody(body);

    expect(verdict).toBe('normalised');
    expect(events[0]).toMatchObject({
      topic: 'integration.event.v1',
      identity: { basis: 'hash' },
      payload: { originalType: 'FORM_SUBMITTED' },
    });
  });

  it('of an absence is an entry in the calendar, without its reason', () => {
    const { events } = normalizeBody(bodyOf('OOO_CREATED'));

    expect(events[0]).toMatchObject({
      type: 'calendar.event.created',
      entity: { kind: 'out_of_office', id: '41230001' },
      payload: { startsAt: Date.UTC(2026, 2, 10), availability: 'out_of_office', organizerEmail: 'host@example.com' },
    });
    expect(JSON.stringify(events)).not.toMatch(/Family|Vacation/);
  });

  it('without uid and time is partial, and each reception of it is a new event', () => {
    const { verdict, events } = normalizeBody({ triggerEvent: 'FORM_SUBMITTED', payload: { responses: {} } });

    expect(verdict).toBe('partial');
    expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });

  it('that a host asks for another time says so beside the cancellation', () => {
    expect(normalizeBody(bodyOf('BOOKING_CANCELLED.requestReschedule')).events[0]?.payload).toMatchObject({
      status: 'canceled',
      canceledBy: 'host',
      isRescheduleRequested: true,
    });
  });

  it('of a payment says what was paid and leaves the status alone', () => {
    expect(normalizeBody(bodyOf('BOOKING_PAID')).events[0]).toMatchObject({
      type: 'calendar.booking.paid',
      payload: { isPaid: true, paymentId: '300', paymentAmount: 5_000, paymentCurrency: 'EUR', status: null },
    });
  });

  it('of an invitee who is to be called has the number in E.164', () => {
    expect(normalizeBody(bodyOf('BOOKING_CREATED.phone')).events[0]?.payload).toMatchObject({
      inviteePhone: '+14155550199',
      locationType: 'phone',
    });
  });

  it('from a custom template that dropped the trigger is kept whole', () => {
    expect(normalizeBody({ content: 'A new event' })).toMatchObject({
      verdict: 'unnormalised',
      reason: expect.stringMatching(/template/),
    });
  });
});

function bodyOf(event: string): ReturnType<typeof JSON.parse> {
  return JSON.parse(Buffer.from(loadFixture('cal_com', event).request.body).toString('utf8'));
}

function subject(): Subject<Record<string, never>> {
  const settings = settingsWith(calCom, { options: {}, account: 'org_5' });
  const request = requestOf(booked, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: calCom, settings, request, nowMs: conformanceNowMs };
}

function normalizeBody(body: unknown): ReturnType<typeof normalizeCalCom> {
  const about = subject();
  const changed = { ...about.request, body: Buffer.from(JSON.stringify(body)) };
  return normalizeCalCom(deliveryOf(about, calCom.sign(changed, about.settings, conformanceNowMs)));
}
