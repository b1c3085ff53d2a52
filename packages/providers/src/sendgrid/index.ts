import { generateKeyPairSync } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { sendgridKnownTypes } from './known-types.ts';
import { normalizeSendgrid, sendgridTypes } from './normalize.ts';
import { type SendgridOptions, sendgridOptions } from './options.ts';
import { sendgridScheme } from './verify.ts';

export const sendgrid: ProviderDefinition<SendgridOptions> = {
  name: 'sendgrid',
  title: 'Twilio SendGrid',
  docsUrl: 'https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event',
  domains: ['communications'],
  scheme: 'ECDSA P-256 over timestamp and body, with a public key',
  methods: ['POST'],
  options: sendgridOptions,
  account: 'configured',
  accountFormat: {
    pattern: /^[A-Za-z0-9_.-]{1,100}$/,
    example: 'transactional',
    whereToFind:
      'Events do not name their account. Choose a name for the SendGrid account or subuser that sends, and never change it.',
  },
  secrets: {
    label: 'Verification key (public)',
    whereToFind:
      'SendGrid, Settings, Mail Settings, Event Webhooks, the webhook, Signature Verification: the key in base64',
    generate: () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
    },
    flawOf: (value, options) => sendgridScheme(options).secretFlaw(value),
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: 'Not confirmed.',
    schedule: 'At growing intervals for up to 24 hours after the event, until a 2xx.',
    autoDisable: 'Not confirmed.',
    outage: 'Nothing is lost while it lasts less than 24 hours; events older than that are.',
    dedupeBy:
      'sg_event_id of each event, and the content of one that has none. Duplicates are common, in other batches, too.',
  },
  knownTypes: sendgridKnownTypes,
  pitfalls: [
    'SendGrid may give one event a new sg_event_id at each try (https://github.com/sendgrid/sendgrid-nodejs/issues/1435): those are two events, because nothing else tells a repeat from a second opening.',
  ],
  eventTypes: [
    ...[...sendgridTypes].map(([from, to]) => ({ from, to })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: (options) => sendgridScheme(options).coverage,
  verify: (request, settings, nowMs) => sendgridScheme(settings.options).verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => sendgridScheme(settings.options).sign(request, firstSecret(settings), nowMs),
  normalize: normalizeSendgrid,
};
