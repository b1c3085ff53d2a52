import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { ProviderDefinition } from '../contract/provider.ts';
import { plainAccepted } from '../contract/reply.ts';
import { singleHeader } from '../contract/request.ts';
import { firstSecret } from '../contract/settings.ts';
import { atMost, tokenForm } from '../schemes/secret-forms.ts';
import { googleCalendarKnownTypes } from './known-types.ts';
import { normalizeGoogleCalendar } from './normalize.ts';
import { googleCalendarScheme } from './verify.ts';

const options = z.strictObject({});

export const googleCalendar: ProviderDefinition<z.output<typeof options>> = {
  name: 'google_calendar',
  title: 'Google Calendar',
  docsUrl: 'https://developers.google.com/workspace/calendar/api/guides/push',
  domains: ['calendar'],
  scheme: 'A token per channel in a header; nothing is signed',
  methods: ['POST'],
  options,
  // A channel names no account, and a calendar is often named after a person.
  account: 'source',
  secrets: {
    label: 'Channel token',
    whereToFind:
      'Yours to choose, one per channel: the token given to events.watch, at most 256 characters. Bind it to its channel: secrets: [{ from: env:NAME, keyId: <channel id> }]; without keyId the token of one channel counts for every channel of the source.',
    generate: () => randomBytes(32).toString('base64url'),
    flawOf: atMost(256, tokenForm),
    keyId: { whatItIs: 'the id of the channel that the token was given for (X-Goog-Channel-ID)', example: 'chn_1' },
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: 'Not documented.',
    schedule: 'After 500, 502, 503 and 504 with growing intervals; how long is not confirmed.',
    autoDisable: 'None, but a channel ends at its expiration and is not renewed: make a new one before.',
    outage:
      'Nothing that a reading of the calendar would not bring: a message says only that something changed. Google itself says that a small share of messages is lost, so read the calendar at intervals, too.',
    dedupeBy: 'The channel id and the message number together.',
  },
  pitfalls: [
    'A message says that something changed and nothing of what: read the calendar with the last sync token.',
    'Channels are not renewed. Make the next one before the last ends; while both speak, every change is told twice.',
    'The first message of a channel (sync) is answered and not published.',
  ],
  knownTypes: googleCalendarKnownTypes,
  eventTypes: [
    { from: 'exists', to: 'integration.event.received' },
    { from: 'not_exists', to: 'integration.event.received' },
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => googleCalendarScheme.coverage,
  verify: (request, settings, nowMs) => googleCalendarScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => googleCalendarScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeGoogleCalendar,
  handshake: {
    // The first message of a channel says that it works, and nothing else.
    signed: ({ request }) => (singleHeader(request, 'X-Goog-Resource-State') === 'sync' ? plainAccepted : undefined),
  },
  rateLimitedStatus: 503,
  keepHeaders: () => [
    'x-goog-channel-id',
    'x-goog-channel-expiration',
    'x-goog-resource-id',
    'x-goog-resource-uri',
    'x-goog-resource-state',
    'x-goog-message-number',
  ],
};
