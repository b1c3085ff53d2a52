import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { secretLike } from '../schemes/secret-forms.ts';
import { stripeMappings } from './facts.ts';
import { normalizeStripe } from './normalize.ts';
import { type StripeOptions, stripeOptions } from './options.ts';
import { passedOn } from './passed-on.ts';
import { stripeScheme } from './verify.ts';

export const stripe: ProviderDefinition<StripeOptions> = {
  name: 'stripe',
  title: 'Stripe',
  docsUrl: 'https://docs.stripe.com/webhooks',
  domains: ['payments', 'crm'],
  scheme: 'HMAC-SHA256 over timestamp and body, in one header (t=, v1=)',
  methods: ['POST'],
  options: stripeOptions,
  // Events of the endpoint's own account do not name it; those of connected accounts do.
  account: 'configured',
  accountFormat: {
    pattern: /^acct_[A-Za-z0-9]+$/,
    example: 'acct_1A2b3C4d5E6f7G8h',
    whereToFind: 'Stripe Dashboard, Settings, Business, Account details: the account ID',
  },
  secrets: {
    label: 'Signing secret',
    whereToFind: 'Stripe Dashboard, Developers, Webhooks, the endpoint, Signing secret: Reveal (whsec_…)',
    generate: () => `whsec_${randomBytes(24).toString('hex')}`,
    flawOf: secretLike(
      /^whsec_[A-Za-z0-9_]+$/,
      'the signing secret of an endpoint, which begins with whsec_ (an API key is another one)',
    ),
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: 'Quickly; Stripe publishes no figure.',
    schedule: 'Live mode: up to three days with growing intervals. Sandboxes: three times over a few hours.',
    autoDisable: 'After days of failures Stripe writes an e-mail, then disables the endpoint.',
    outage: 'Nothing is lost while it lasts less than three days; Stripe sends everything again.',
    dedupeBy:
      'The id of the event (evt_…). Rarely Stripe makes two events of one change; they are two events here, too.',
  },
  eventTypes: [
    ...stripeMappings,
    ...passedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => stripeScheme.coverage,
  verify: (request, settings, nowMs) => stripeScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => stripeScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeStripe,
  // How many endpoints have not taken it yet: fewer at each attempt.
  volatileMembers: ['pending_webhooks'],
};
