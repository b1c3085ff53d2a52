import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { secretLike } from '../schemes/secret-forms.ts';
import { callStatuses } from './call.ts';
import { transcriptAvailable } from './json.ts';
import { messageStatuses } from './message.ts';
import { passedOn } from './named.ts';
import { normalizeTwilio } from './normalize.ts';
import { type TwilioOptions, twilioOptions } from './options.ts';
import { recordingStatuses, transcriptionStatuses } from './recording.ts';
import { replyToTwilio } from './reply.ts';
import { twilioScheme } from './verify.ts';

export const twilio: ProviderDefinition<TwilioOptions> = {
  name: 'twilio',
  title: 'Twilio',
  docsUrl: 'https://www.twilio.com/docs/usage/webhooks',
  domains: ['telephony'],
  scheme: 'HMAC-SHA1 over the URL and the sorted form parameters; JSON bodies by their SHA-256 in the URL',
  methods: ['POST', 'GET'],
  options: twilioOptions,
  account: 'payload',
  accountFormat: {
    pattern: /^AC[0-9a-f]{32}$/,
    example: `AC${'0'.repeat(32)}`,
    whereToFind: 'Twilio Console, Account Info: the Account SID; only for messages that do not name it',
  },
  secrets: {
    label: 'Auth token',
    whereToFind: 'Twilio Console, Account Info: the primary auth token. A secondary one signs once it is promoted',
    generate: () => randomBytes(16).toString('hex'),
    flawOf: secretLike(
      /^[0-9a-f]{32}$/,
      'an auth token, which is 32 hexadecimal digits (an Account SID or an API key cannot verify)',
    ),
  },
  // Twilio waits 15 s in all and tries again only where it could not connect, but a caller is waiting, too.
  acceptDeadlineMs: 8_000,
  retries: {
    answerWithin: '5 s to connect, 15 s in all.',
    schedule: 'Once more, and only where the connection failed; #rc=0 to 5 at the end of the URL sets how often.',
    autoDisable: 'Never. A failed voice or message request goes to the fallback URL.',
    outage:
      'Status callbacks sent while Trunkline answers 503 or nothing are lost; calls and messages go to the fallback.',
    dedupeBy:
      'The id of the object with its status, and the sequence number of a call. The results of verbs (Gather, Dial, Record) by the header I-Twilio-Idempotency-Token, which Twilio repeats and does not sign, with all they say.',
  },
  eventTypes: [
    ...[...callStatuses].map(([status, { type }]) => ({ from: `call.${status}`, to: type })),
    { from: 'call.answering', to: 'telephony.call.updated' },
    { from: 'participant-join', to: 'telephony.call.updated' },
    ...[...recordingStatuses].map(([status, to]) => ({ from: `recording.${status}`, to })),
    ...[...transcriptionStatuses].map(([status, to]) => ({ from: `transcription.${status}`, to })),
    { from: 'transcription-content', to: 'telephony.transcript.available' },
    { from: transcriptAvailable, to: 'telephony.transcript.available' },
    ...[...messageStatuses].map(([status, to]) => ({ from: `message.${status}`, to })),
    ...passedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  pitfalls: [
    'A status callback may name what it belongs to: what stands in the query of its URL as `request` comes with the message as the reference of its sender (letters, digits, _ and -, at most 128).',
    'Addresses with a user name (https://user:pass@host/…) are not supported: `publicBaseUrl` takes none, so their signature never fits. The signature is the better proof; leave the user name out.',
  ],
  coverage: () => twilioScheme.coverage,
  verify: (request, settings, nowMs) => twilioScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => twilioScheme.sign(request, firstSecret(settings), nowMs),
  keepHeaders: () => ['i-twilio-idempotency-token'],
  normalize: normalizeTwilio,
  reply: replyToTwilio,
};
