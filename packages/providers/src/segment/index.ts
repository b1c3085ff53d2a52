import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { hmacKeyForm } from '../schemes/secret-forms.ts';
import { segmentKnownTypes } from './known-types.ts';
import { normalizeSegment, segmentTypes } from './normalize.ts';
import { type SegmentOptions, segmentOptions } from './options.ts';
import { firstItem, segmentScheme } from './verify.ts';

export const segment: ProviderDefinition<SegmentOptions> = {
  name: 'segment',
  title: 'Twilio Segment',
  docsUrl: 'https://www.twilio.com/docs/segment/connections/destinations/catalog/actions-webhook',
  domains: ['analytics'],
  scheme: 'HMAC-SHA1 over the body, or over the first event of a batch',
  methods: ['POST'],
  options: segmentOptions,
  account: 'source',
  secrets: {
    label: 'Shared secret',
    whereToFind:
      'Yours to choose, at least 32 random characters: Segment, Destinations, Webhooks (Actions), Settings, Shared Secret',
    generate: () => randomBytes(32).toString('hex'),
    flawOf: hmacKeyForm,
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: '5 seconds.',
    schedule: 'For up to 4 hours after a timeout or a 5xx.',
    autoDisable: 'Not confirmed.',
    outage: 'Nothing is lost while it lasts less than 4 hours.',
    dedupeBy:
      'messageId of each event. With X-Signature only the first event of a batch is signed, and the others are dropped: switch batching off, or the destination to X-Segment-Signature.',
  },
  knownTypes: segmentKnownTypes,
  eventTypes: [
    ...[...segmentTypes].map(([from, to]) => ({ from, to })),
    // A wish to be forgotten, which names a user and nothing that was done.
    { from: 'delete', to: 'integration.event.received' },
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: (options) => segmentScheme(options).coverage,
  verify: (request, settings, nowMs) => segmentScheme(settings.options).verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => segmentScheme(settings.options).sign(request, firstSecret(settings), nowMs),
  // Where several were passed on, the signature was that of all of them.
  provenOfArchived: ({ body }, { options }, { events }) =>
    options.header === 'X-Signature' && events <= 1 && firstItem(body) !== undefined ? [0] : undefined,
  normalize: normalizeSegment,
  rateLimitedStatus: 503,
};
