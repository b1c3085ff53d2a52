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
    ['integrations:office365_video', 'office365_video'],
    ['inPerson', 'physical'],
    ['https://meet.example/1', 'link'],
    ['12 Sample Street', null],
    ['+14155550134', null],
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
      triggerEvent: 'OOO_CREATED',
      createdAt: '2026-03-06T09:30:01.000Z',
      payload: { oooEntry: { id: 1 } },
    };

    const { verdict, events } = normalizeBody(body);

    expect(verdict).toBe('normalised');
    expect(events[0]).toMatchObject({ topic: 'integration.event.v1', payload: { originalType: 'OOO_CREATED' } });
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
