import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { basicForm, tokenForm } from '../schemes/secret-forms.ts';
import { brevoKnownTypes } from './known-types.ts';
import { brevoTypes, normalizeBrevo } from './normalize.ts';
import { type BrevoOptions, brevoOptions } from './options.ts';
import { brevoScheme } from './verify.ts';

export const brevo: ProviderDefinition<BrevoOptions> = {
  name: 'brevo',
  title: 'Brevo',
  docsUrl: 'https://developers.brevo.com/docs/how-to-use-webhooks',
  domains: ['communications'],
  scheme: 'bearer, basic or a header of your own; nothing is signed',
  methods: ['POST'],
  options: brevoOptions,
  account: 'configured',
  accountFormat: {
    pattern: /^[A-Za-z0-9_.-]{1,100}$/,
    example: 'shop',
    whereToFind: 'Events do not name their account. Choose a name for the Brevo account, and never change it.',
  },
  secrets: {
    label: 'Token, or user:password',
    whereToFind:
      'Yours to choose, at least 32 random characters; give it to Brevo as the bearer token, the header or the user and password of the notify URL.',
    // The form that basic wants is a good secret for the other two, as well.
    generate: () => `trunkline:${randomBytes(32).toString('hex')}`,
    flawOf: (value, { scheme }) => (scheme === 'basic' ? basicForm(value) : tokenForm(value)),
  },
  // Brevo's newest page says that it throws an event away after a 5xx, so Kafka is waited for longer.
  acceptDeadlineMs: 8_000,
  retries: {
    answerWithin: 'Not confirmed.',
    schedule: 'After 10 minutes, 1, 2 and 8 hours, when nobody answers or the answer is 429.',
    autoDisable: 'Not confirmed.',
    outage:
      'By its newest page Brevo throws away what is answered with another 4xx or any 5xx; an older page can be read otherwise. Trunkline therefore answers 429 while it cannot take a delivery.',
    dedupeBy: 'There is no id: message-id or campaign, event, time, recipient and link together.',
  },
  knownTypes: brevoKnownTypes,
  eventTypes: [...[...brevoTypes].map(([from, to]) => ({ from, to })), { from: '*', to: 'integration.event.received' }],
  coverage: (options) => brevoScheme(options).coverage,
  verify: (request, settings, nowMs) => brevoScheme(settings.options).verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => brevoScheme(settings.options).sign(request, firstSecret(settings), nowMs),
  normalize: normalizeBrevo,
  unavailableStatus: 429,
};
