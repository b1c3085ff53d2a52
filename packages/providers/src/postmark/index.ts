import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { basicForm, tokenForm } from '../schemes/secret-forms.ts';
import { postmarkKnownTypes } from './known-types.ts';
import { normalizePostmark } from './normalize.ts';
import { type PostmarkOptions, postmarkOptions } from './options.ts';
import { postmarkMappings } from './types.ts';
import { postmarkScheme } from './verify.ts';

export const postmark: ProviderDefinition<PostmarkOptions> = {
  name: 'postmark',
  title: 'Postmark',
  docsUrl: 'https://postmarkapp.com/developer/webhooks/webhooks-overview',
  domains: ['communications'],
  scheme: 'basic or a header of your own; nothing is signed',
  methods: ['POST'],
  options: postmarkOptions,
  // Opens and clicks name no server and deliveries do, so what a message says cannot decide: one e-mail has one account.
  account: 'source',
  accountFormat: {
    pattern: /^[0-9]{1,15}$/,
    example: '23',
    whereToFind: 'the number of the server, in its address at Postmark; without it the source stands for the account',
  },
  secrets: {
    label: 'user:password, or token',
    whereToFind:
      'Yours to choose, at least 32 random characters; Postmark, Server, Message Stream, Webhooks, Add webhook: Basic auth credentials, or a custom header.',
    // The form that basic wants is a good secret for a header, as well.
    generate: () => `trunkline:${randomBytes(32).toString('hex')}`,
    flawOf: (value, { scheme }) => (scheme === 'basic' ? basicForm(value) : tokenForm(value)),
  },
  // How long Postmark waits is not published.
  acceptDeadlineMs: 8_000,
  retries: {
    answerWithin: 'Not published.',
    schedule:
      'Bounces, complaints and inbound mail: ten times over 10.5 hours. Deliveries, opens, clicks and subscription changes: after 1, 5 and 15 minutes. Until the answer is 200, or 403, which stops it.',
    autoDisable: 'None is documented.',
    outage:
      'Deliveries, opens, clicks and subscription changes that are longer than 21 minutes away are lost; bounces and inbound mail after 10.5 hours. The messages API still has them for 45 days.',
    dedupeBy: 'Bounces and complaints: their ID. The rest has none: type, message, recipient, time and link together.',
  },
  knownTypes: postmarkKnownTypes,
  eventTypes: [...postmarkMappings, { from: '*', to: 'integration.event.received' }],
  pitfalls: [
    'Postmark posts from addresses that it publishes (3.134.147.250, 50.31.156.6, 50.31.156.77 and 18.217.206.57 in 2026: https://postmarkapp.com/support/article/800-ips-for-firewalls). Let a firewall admit no others; a repeat may come from another of them.',
    'A bounce of the type AutoResponder or AddressChange was delivered, and is passed on as integration.event.',
    'Postmark repeats a bounce and a complaint as a subscription change; only what recipients ask for themselves becomes communications.email.unsubscribed, so nothing is counted twice.',
    'Leave "Include bounce content" off: the text of the mail would be archived with the delivery.',
  ],
  coverage: (options) => postmarkScheme(options).coverage,
  verify: (request, settings, nowMs) => postmarkScheme(settings.options).verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => postmarkScheme(settings.options).sign(request, firstSecret(settings), nowMs),
  normalize: normalizePostmark,
};
