import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { basicForm, tokenForm } from '../schemes/secret-forms.ts';
import { auth0KnownTypes } from './known-types.ts';
import { auth0Mappings, normalizeAuth0 } from './normalize.ts';
import { type Auth0Options, auth0Options } from './options.ts';
import { auth0Scheme } from './verify.ts';

export const auth0: ProviderDefinition<Auth0Options> = {
  name: 'auth0',
  title: 'Auth0',
  docsUrl: 'https://auth0.com/docs/customize/events',
  domains: ['identity'],
  scheme: 'A bearer token, basic credentials or a token in the Authorization header; nothing is signed',
  methods: ['POST'],
  options: auth0Options,
  // Events and logs write the tenant in different ways, and nothing proves what they write.
  account: 'configured',
  accountFormat: {
    pattern: /^[a-z0-9][a-z0-9-]*$/,
    example: 'example-shop-eu',
    whereToFind: 'Auth0 Dashboard, Settings, General: the Tenant Name',
  },
  secrets: {
    label: 'Authorization token',
    whereToFind:
      'Yours to choose, at least 32 random characters. Event stream: Authorization of the webhook (Bearer or Basic; for Basic the secret is user:password). Log stream (Custom Webhook): Authorization Token.',
    // The form that basic wants is a good secret for the others, too.
    generate: () => `trunkline:${randomBytes(32).toString('hex')}`,
    flawOf: (value, { scheme }) => (scheme === 'basic' ? basicForm(value) : tokenForm(value)),
  },
  acceptDeadlineMs: 3_000,
  retries: {
    answerWithin: 'Not confirmed; answer at once.',
    schedule: 'Event streams and log streams repeat what was not answered with a 2xx; how often is not confirmed.',
    autoDisable: 'A stream that keeps failing is paused; when is not confirmed.',
    outage:
      'What is not taken while the stream repeats is lost to it; logs stay in the tenant for as long as its plan says.',
    dedupeBy: 'The id of the event (evt_…), or the log_id.',
  },
  knownTypes: auth0KnownTypes,
  eventTypes: [...auth0Mappings, { from: '*', to: 'integration.event.received' }],
  coverage: (options) => auth0Scheme(options).coverage,
  verify: (request, settings, nowMs) => auth0Scheme(settings.options).verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => auth0Scheme(settings.options).sign(request, firstSecret(settings), nowMs),
  normalize: normalizeAuth0,
};
