import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { secretLike } from '../schemes/secret-forms.ts';
import { mailgunKnownTypes } from './known-types.ts';
import { mailgunTypes, normalizeMailgun, suppressedType } from './normalize.ts';
import { type MailgunOptions, mailgunOptions } from './options.ts';
import { mailgunScheme } from './verify.ts';

export const mailgun: ProviderDefinition<MailgunOptions> = {
  name: 'mailgun',
  title: 'Mailgun',
  docsUrl: 'https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhooks',
  domains: ['communications'],
  scheme: 'HMAC-SHA256 over timestamp and token, inside the body; the event itself is not signed',
  methods: ['POST'],
  options: mailgunOptions,
  account: 'configured',
  accountFormat: {
    pattern: /^[A-Za-z0-9_.-]{1,100}$/,
    example: 'mg.example.com',
    whereToFind: 'The sending domain of the webhook, or a name of yours for the account. Never change it.',
  },
  secrets: {
    label: 'HTTP webhook signing key',
    whereToFind: 'Mailgun, Account, Security, API security: HTTP webhook signing key (not an API key)',
    generate: () => randomBytes(16).toString('hex'),
    flawOf: secretLike(/^(?:[0-9a-f]{32}|key-[0-9a-z]{32})$/, 'a signing key, which is 32 hexadecimal digits'),
  },
  // Mailgun never repeats a `delivered`, so Kafka is waited for longer. How long Mailgun waits is not confirmed.
  acceptDeadlineMs: 8_000,
  retries: {
    answerWithin: 'Not confirmed. Exactly 200 means taken, 406 means do not repeat, anything else means repeat.',
    schedule: 'After 5, 10 and 15 minutes, 1, 2 and 4 hours; but `delivered` is not repeated.',
    autoDisable: 'Not confirmed.',
    outage: 'Every `delivered` during an outage is lost; the others only when it lasts longer than 8 hours.',
    dedupeBy:
      'id and timestamp of the event: ids are unique within a day. A captured signature fits any event until it is too old (toleranceSeconds), because the token is not remembered: keep the endpoint to HTTPS.',
  },
  knownTypes: mailgunKnownTypes,
  eventTypes: [
    ...[...mailgunTypes].map(([from, to]) => ({ from, to })),
    { from: 'permanent_fail', to: suppressedType },
    { from: '*', to: 'integration.event.received' },
  ],
  pitfalls: [
    'Routes with the action forward() and the older webhooks post forms. They are taken with the same key: an incoming mail becomes communications.email.received, the older events arrive as integration.event without their signature. Attachments stay in the archived delivery.',
    'Mails are larger than 1 MiB: raise bodyLimitBytes (up to 8 MiB) for a source that a route forwards to, or let the route store() them.',
  ],
  coverage: (options) => mailgunScheme(options).coverage,
  verify: (request, settings, nowMs) => mailgunScheme(settings.options).verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => mailgunScheme(settings.options).sign(request, firstSecret(settings), nowMs),
  normalize: normalizeMailgun,
  // 406 ends the repeats, so it is for what can never be right: a time that has passed. What cannot be read here and a wrong
  // signature stay 401: they are repeated, and once the key or the reader is right nothing is lost.
  refusalStatus: { timestamp_expired: 406 },
};
