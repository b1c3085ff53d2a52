import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { hmacKeyForm } from '../schemes/secret-forms.ts';
import { calendlyPassedOn, normalizeCalendly } from './normalize.ts';
import { calendlyScheme } from './verify.ts';

const options = z.strictObject({});

export const calendly: ProviderDefinition<z.output<typeof options>> = {
  name: 'calendly',
  title: 'Calendly',
  docsUrl: 'https://developer.calendly.com/api-docs/overview/webhooks',
  domains: ['calendar'],
  scheme: 'HMAC-SHA256 over timestamp and body, in one header (t=, v1=)',
  methods: ['POST'],
  options,
  // A message names the user who made the subscription, and not always the organization.
  account: 'configured',
  accountFormat: {
    pattern: /^[A-Za-z0-9-]{8,64}$/,
    example: '012345678901234567890',
    whereToFind: 'The last part of current_organization in the answer of GET https://api.calendly.com/users/me',
  },
  secrets: {
    label: 'Webhook signing key',
    whereToFind:
      'Yours to choose: the signing_key given to POST /webhook_subscriptions. OAuth applications: the key shown once when the application was made.',
    generate: () => randomBytes(32).toString('base64url'),
    flawOf: hmacKeyForm,
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: '10 seconds to connect, 15 to answer.',
    schedule: 'For 24 hours with growing intervals, or until 24 hours after the meeting, whichever comes first.',
    autoDisable: 'After 24 hours of failures the subscription is disabled and must be created anew.',
    outage: 'Nothing is lost while it lasts less than a day. A longer one also ends the subscription.',
    dedupeBy: 'Messages have no id: the event name, the URI of what it is about and created_at together.',
  },
  pitfalls: [
    'A subscription made without a signing_key sends no signature at all, and everything it sends is refused.',
    'A reschedule comes as a cancellation and a creation, in any order: here it is one reschedule and one confirmed booking that names it.',
    'What invitees answer to questions, and the links that cancel or move a booking, are in the archived delivery only. A routing form is nothing but answers, so it is passed on.',
    'OAuth applications have one key for all their subscriptions; personal access tokens have one for each.',
  ],
  eventTypes: [
    { from: 'invitee.created', to: 'calendar.booking.confirmed' },
    { from: 'invitee.canceled', to: 'calendar.booking.canceled' },
    { from: 'invitee.canceled', to: 'calendar.booking.rescheduled' },
    { from: 'invitee_no_show.created', to: 'calendar.booking.no_show' },
    { from: 'invitee_no_show.deleted', to: 'calendar.booking.no_show_cleared' },
    ...calendlyPassedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => calendlyScheme.coverage,
  verify: (request, settings, nowMs) => calendlyScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => calendlyScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeCalendly,
};
