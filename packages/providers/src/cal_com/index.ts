import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { hmacKeyForm } from '../schemes/secret-forms.ts';
import { bookingTypes } from './booking.ts';
import { calComPassedOn, normalizeCalCom } from './normalize.ts';
import { calComScheme } from './verify.ts';

const options = z.strictObject({});

export const calCom: ProviderDefinition<z.output<typeof options>> = {
  name: 'cal_com',
  title: 'Cal.com',
  docsUrl: 'https://cal.com/docs/developing/guides/automation/webhooks',
  domains: ['calendar'],
  scheme: 'HMAC-SHA256 of the body, hex, in one header',
  methods: ['POST'],
  options,
  // Most messages name an organization, a personal account has none.
  account: 'configured',
  accountFormat: {
    pattern: /^[A-Za-z0-9_-]{1,64}$/,
    example: 'org_5',
    whereToFind:
      'Yours to choose, once and for good: the id or slug of the user, team or organization that owns the webhook',
  },
  secrets: {
    label: 'Secret',
    whereToFind: 'Yours to choose: Cal.com, Settings, Developer, Webhooks, the webhook, Secret',
    generate: () => randomBytes(32).toString('hex'),
    flawOf: hmacKeyForm,
  },
  // Nothing is documented about repeats, and its code makes none: it waits for Kafka as long as for one that never does.
  acceptDeadlineMs: 8_000,
  retries: {
    answerWithin: 'Not documented.',
    schedule: 'None: a message that fails is not sent again. Redirects are not followed.',
    autoDisable: 'None is documented.',
    outage: 'What is sent while Trunkline answers 503 or nothing is lost; compare with GET /v2/bookings afterwards.',
    dedupeBy:
      'Messages have no id: the trigger, the uid of the booking, createdAt and the seat together; without a uid all they say.',
  },
  pitfalls: [
    'Without a secret the signature is the text no-secret-provided, which is refused.',
    'A custom payload template may drop triggerEvent or change the form; such messages are kept but not read.',
    'With seats, each seat is a booking of its own and names the meeting in scheduledEventId; a message about the whole meeting is about the meeting, and ends each seat that it names.',
    'MEETING_STARTED and MEETING_ENDED come by the schedule, with the booking as it was when it was made.',
  ],
  eventTypes: [
    ...[...bookingTypes].map(([from, to]) => ({ from, to })),
    // The old booking moves and the new one is confirmed.
    { from: 'BOOKING_RESCHEDULED', to: 'calendar.booking.rescheduled' },
    { from: 'BOOKING_NO_SHOW_UPDATED', to: 'calendar.booking.no_show' },
    { from: 'BOOKING_NO_SHOW_UPDATED', to: 'calendar.booking.no_show_cleared' },
    { from: 'OOO_CREATED', to: 'calendar.event.created' },
    ...calComPassedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => calComScheme.coverage,
  verify: (request, settings, nowMs) => calComScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => calComScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeCalCom,
};
