import { describe, expect, it } from 'vitest';

import { archivedHeaders } from '../contract/archive.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { deliveryOf, outcomeOf, settingsWith, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { withoutHeader, withValue } from '../testing/tampering.ts';
import { googleCalendar } from './index.ts';
import { normalizeGoogleCalendar } from './normalize.ts';

const changed = loadFixture('google_calendar', 'exists');

describeProvider(googleCalendar, {
  options: {},
  request: changed.request,
  fixtures: true,
  downgrades: {
    'the token as a bearer token': (request, secret) => ({
      ...withoutHeader(request, 'X-Goog-Channel-Token'),
      headers: [['Authorization', `Bearer ${secret.reveal()}`]],
    }),
    'the token in the query': (request, secret) => ({
      ...withoutHeader(request, 'X-Goog-Channel-Token'),
      target: `${request.target}?token=${secret.reveal()}`,
    }),
  },
});

describe('a Google channel token', () => {
  it('that is bound to a channel counts for that channel only', () => {
    const bound = subject([
      new Secret('token of one', { keyId: '4ba78bf0-6a47-11e2-bcfd-0800200c9a77' }),
      new Secret('token of two', { keyId: 'two' }),
    ]);
    const outcomeWith = (channel: string, token: string): string => {
      const named = withValue(bound.request, 'X-Goog-Channel-ID', () => channel);
      return outcomeOf(bound, { ...named, headers: [...named.headers, ['x-goog-channel-token', token]] });
    };

    expect(outcomeWith('4ba78bf0-6a47-11e2-bcfd-0800200c9a77', 'token of one')).toBe('accepted');
    expect(outcomeWith('two', 'token of two')).toBe('accepted');
    expect(outcomeWith('two', 'token of one')).toBe('token_mismatch');
    expect(outcomeWith('three', 'token of one')).toBe('unknown_key');
  });

  it('that is bound to a channel does not count where no channel is named', () => {
    const bound = subject([new Secret('token of one', { keyId: 'one' })]);
    const request = withoutHeader(bound.request, 'X-Goog-Channel-ID');

    const outcome = outcomeOf(bound, {
      ...request,
      headers: [...request.headers, ['x-goog-channel-token', 'token of one']],
    });

    expect(outcome).toBe('unknown_key');
  });

  it('is not kept, while what a reader of the calendar needs is', () => {
    const kept = archivedHeaders(signed().headers, googleCalendar.keepHeaders?.({}) ?? []);

    const valueOf = (name: string): unknown => kept.find((header) => header.name === name)?.value;
    expect(valueOf('x-goog-channel-token')).toBeNull();
    expect(valueOf('x-goog-resource-id')).toBe('ret08u3rv24htgh289gDemo');
    expect(valueOf('x-goog-resource-uri')).toContain('/calendars/');
  });
});

describe('a Google Calendar message', () => {
  it('that only says that the channel works is answered, and nothing is published for it', () => {
    const delivery = deliveryOf(
      subject(),
      withValue(signed(), 'X-Goog-Resource-State', () => 'sync'),
    );

    expect(googleCalendar.handshake?.signed?.(delivery)).toEqual({ status: 200, headers: {}, body: '' });
    expect(normalizeGoogleCalendar(delivery)).toMatchObject({ verdict: 'ignored', events: [] });
  });

  it('that says that something changed is no handshake', () => {
    expect(googleCalendar.handshake?.signed?.(deliveryOf(subject(), signed()))).toBeUndefined();
  });

  it.for(['X-Goog-Channel-ID', 'X-Goog-Message-Number'])('with another %s has another id', (name) => {
    const [event] = normalize(signed()).events;

    const [other] = normalize(withValue(signed(), name, (value) => `${value}1`)).events;

    expect(other?.identity).not.toEqual(event?.identity);
  });

  it.for(['X-Goog-Channel-ID', 'X-Goog-Message-Number'])(
    'without %s is partial, and each reception of it is a new event',
    (name) => {
      const { verdict, reason, events } = normalize(withoutHeader(signed(), name));

      expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: `not found or not usable: ${name}` });
      expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
    },
  );

  it('has the address of the calendar in no id and no key', () => {
    const [event] = normalize(signed()).events;

    expect(JSON.stringify([event?.account, event?.entity, event?.identity, event?.orderBy])).not.toContain(
      'example.com',
    );
    expect(event?.occurred).toEqual({ estimated: true });
  });
});

function subject(secrets?: readonly Secret[]): Subject<Record<string, never>> {
  const settings = settingsWith(googleCalendar, {
    options: {},
    secrets: secrets ?? [new Secret('a channel token of the tests')],
  });
  const request = requestOf(changed, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: googleCalendar, settings, request, nowMs: conformanceNowMs };
}

function signed(): ReceivedRequest {
  const about = subject();
  return googleCalendar.sign(about.request, about.settings, about.nowMs);
}

function normalize(request: ReceivedRequest): ReturnType<typeof normalizeGoogleCalendar> {
  return normalizeGoogleCalendar(deliveryOf(subject(), request));
}
