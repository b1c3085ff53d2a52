import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { singleHeader } from '../contract/request.ts';
import { firstSecret } from '../contract/settings.ts';
import { usableId } from '../contract/usable-id.ts';
import { normalizeStandardWebhooks } from './normalize.ts';
import { type StandardWebhooksOptions, standardWebhooksOptions } from './options.ts';
import { standardScheme } from './verify.ts';

/** Any sender that follows the specification, and Trunkline's own outbound webhooks. */
export const standardWebhooks: ProviderDefinition<StandardWebhooksOptions> = {
  name: 'standard_webhooks',
  title: 'Standard Webhooks',
  docsUrl: 'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
  domains: ['integration'],
  scheme: 'HMAC-SHA256 (v1) or Ed25519 (v1a) over message id, timestamp and body',
  methods: ['POST'],
  options: standardWebhooksOptions,
  account: 'source',
  secrets: {
    label: 'Signing secret or public key',
    whereToFind: 'The settings of the webhook at the sender: whsec_… (a shared secret) or whpk_… (a public key)',
    generate: () => `whsec_${randomBytes(32).toString('base64')}`,
    flawOf: standardScheme.secretFlaw,
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: 'The sender decides; the specification suggests 15 to 30 s.',
    schedule: 'The sender decides; the specification suggests ten attempts over about three days.',
    autoDisable: 'The sender decides; the specification suggests it after days of failure, and at once after a 410.',
    outage: 'With a sender that follows the suggestion nothing is lost while an outage lasts less than three days.',
    dedupeBy: 'The id of the message (webhook-id), which is signed and the same at each attempt.',
  },
  eventTypes: [{ from: '*', to: 'integration.event.received' }],
  coverage: () => standardScheme.coverage,
  verify: (request, settings, nowMs) => standardScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => standardScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeStandardWebhooks,
  messageId: (request) => usableId(singleHeader(request, standardScheme.headers[0])),
  // Signed, and facts of the message rather than credentials.
  keepHeaders: () => standardScheme.headers.slice(0, 2),
};
