import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { svixId, svixRetries, svixScheme } from '../schemes/svix.ts';
import { contactTypes } from './contact.ts';
import { normalizeResend, resendPassedOn, resendTypes, suppressedBounce } from './normalize.ts';
import { type ResendOptions, resendOptions } from './options.ts';
import { resendScheme } from './verify.ts';

export const resend: ProviderDefinition<ResendOptions> = {
  name: 'resend',
  title: 'Resend',
  docsUrl: 'https://resend.com/docs/webhooks/introduction',
  domains: ['communications', 'crm'],
  scheme: 'HMAC-SHA256 over message id, timestamp and body (Svix)',
  methods: ['POST'],
  options: resendOptions,
  // No message names the team it belongs to.
  account: 'configured',
  accountFormat: {
    pattern: /^[A-Za-z0-9._-]{1,100}$/,
    example: 'acme',
    whereToFind: 'a name of your choice for the Resend team; two sources of one team share it',
  },
  secrets: {
    label: 'Signing secret',
    whereToFind: 'Resend Dashboard, Webhooks, the endpoint, Signing Secret (whsec_…)',
    generate: () => `whsec_${randomBytes(24).toString('base64')}`,
    flawOf: svixScheme.secretFlaw,
  },
  acceptDeadlineMs: 2_000,
  retries: {
    ...svixRetries,
    // Resend may end the schedule of Svix earlier than Svix does; its own page was not at hand.
    schedule: 'At once, then after 5 s, 5 min, 30 min, 2 h, 5 h and 10 h (not confirmed beyond what Svix documents).',
  },
  eventTypes: [
    ...[...resendTypes, suppressedBounce, ...contactTypes].map(([from, to]) => ({ from, to })),
    ...resendPassedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => resendScheme.coverage,
  verify: (request, settings, nowMs) => resendScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => resendScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeResend,
  messageId: svixId,
  // Signed, and facts of the message rather than credentials.
  keepHeaders: () => resendScheme.headers.slice(0, 2),
};
