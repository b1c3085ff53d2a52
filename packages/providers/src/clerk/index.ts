import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { svixId, svixRetries, svixScheme } from '../schemes/svix.ts';
import { normalizeClerk } from './normalize.ts';
import { type ClerkOptions, clerkOptions } from './options.ts';
import { clerkPassedOn, clerkTypes } from './types.ts';
import { clerkScheme } from './verify.ts';

export const clerk: ProviderDefinition<ClerkOptions> = {
  name: 'clerk',
  title: 'Clerk',
  docsUrl: 'https://clerk.com/docs/webhooks/overview',
  domains: ['identity', 'payments'],
  scheme: 'HMAC-SHA256 over message id, timestamp and body (Svix)',
  methods: ['POST'],
  options: clerkOptions,
  account: 'payload',
  accountFormat: {
    pattern: /^ins_[A-Za-z0-9]+$/,
    example: 'ins_2abcDEFghiJKLmnoPQRstuVWxyZ',
    whereToFind: 'the instance_id in any message of the instance; needed only where messages do not name it',
  },
  secrets: {
    label: 'Signing secret',
    whereToFind: 'Clerk Dashboard, Webhooks, the endpoint, Signing Secret (whsec_…)',
    generate: () => `whsec_${randomBytes(24).toString('base64')}`,
    flawOf: svixScheme.secretFlaw,
  },
  acceptDeadlineMs: 2_000,
  retries: svixRetries,
  eventTypes: [
    ...[...clerkTypes].flatMap(([from, { to }]) => to.map((type) => ({ from, to: type }))),
    ...clerkPassedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => clerkScheme.coverage,
  verify: (request, settings, nowMs) => clerkScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => clerkScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeClerk,
  messageId: svixId,
  // Signed, and facts of the message rather than credentials.
  keepHeaders: () => clerkScheme.headers.slice(0, 2),
};
