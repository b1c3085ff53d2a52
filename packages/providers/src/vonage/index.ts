import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { plainAccepted } from '../contract/reply.ts';
import { firstSecret } from '../contract/settings.ts';
import { hmacKeyForm } from '../schemes/secret-forms.ts';
import { callStatuses } from './call.ts';
import { vonageKnownTypes } from './known-types.ts';
import { messageStatuses, smsStatuses } from './message.ts';
import { asksForAnswer, normalizeVonage } from './normalize.ts';
import { type VonageOptions, vonageOptions } from './options.ts';
import { vonageScheme } from './verify.ts';

export const vonage: ProviderDefinition<VonageOptions> = {
  name: 'vonage',
  title: 'Vonage',
  docsUrl: 'https://developer.vonage.com/en/getting-started/concepts/webhooks',
  domains: ['telephony'],
  scheme: 'JSON Web Token (HS256) with the SHA-256 of the body; SMS API: digest of the sorted parameters',
  // GET is for the SMS API: the token of a GET carries no hash, so it proves nothing.
  methods: ['POST', 'GET'],
  options: vonageOptions,
  // Callbacks of the Voice API do not name it.
  account: 'configured',
  accountFormat: {
    pattern: /^[A-Za-z0-9]{1,64}$/,
    example: 'a1b2c3d4',
    whereToFind: 'Vonage Dashboard, API Settings: the API key',
  },
  secrets: {
    label: 'Signature secret',
    whereToFind: 'Vonage Dashboard, API Settings, Signed webhooks: the signature secret of the account',
    generate: () => randomBytes(32).toString('base64url'),
    flawOf: hmacKeyForm,
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: 'Not confirmed; a call waits for its answer.',
    schedule:
      'SMS and Messages: up to 24 hours (not confirmed). Voice: repeated after a 5xx; how often is not confirmed.',
    autoDisable: 'Never, as far as is documented.',
    outage: 'Callbacks of calls are lost when an outage outlasts the repeats; messages are repeated for about a day.',
    dedupeBy:
      'The id of the call or message with its status, and the timestamp of a call; what a caller presses or says by all of it. There is no id of the callback.',
  },
  knownTypes: vonageKnownTypes,
  eventTypes: [
    ...[...callStatuses].map(([status, { type }]) => ({ from: `call.${status}`, to: type })),
    { from: 'transfer', to: 'telephony.call.updated' },
    { from: 'record', to: 'telephony.recording.available' },
    { from: 'transcription', to: 'telephony.transcript.available' },
    ...[...messageStatuses].map(([status, to]) => ({ from: `message.${status}`, to })),
    ...[...smsStatuses].map(([status, to]) => ({ from: `sms.${status}`, to })),
    ...['answer', 'input', 'error', 'sms.buffered', 'sms.unknown'].map((from) => ({
      from,
      to: 'integration.event.received' as const,
    })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: (options) => vonageScheme(options).coverage,
  verify: (request, settings, nowMs) => vonageScheme(settings.options).verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => vonageScheme(settings.options).sign(request, firstSecret(settings), nowMs),
  normalize: normalizeVonage,
  reply: (delivery) =>
    asksForAnswer(delivery)
      ? {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(delivery.settings.options.voiceAnswer),
        }
      : plainAccepted,
  // When signing fails on its side Vonage sends unsigned, and signs again only after a 5xx.
  refusalStatus: { missing_header: 503 },
  rateLimitedStatus: 503,
};
