import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { hmacKeyForm } from '../schemes/secret-forms.ts';
import { workosMappings, workosPassedOn } from './facts.ts';
import { normalizeWorkos } from './normalize.ts';
import { type WorkosOptions, workosOptions } from './options.ts';
import { workosScheme } from './verify.ts';

export const workos: ProviderDefinition<WorkosOptions> = {
  name: 'workos',
  title: 'WorkOS',
  docsUrl: 'https://workos.com/docs/events/data-syncing/webhooks',
  domains: ['identity'],
  scheme: 'HMAC-SHA256 over timestamp (milliseconds) and body, in one header (t=, v1=)',
  methods: ['POST'],
  options: workosOptions,
  // No event names the environment it happened in.
  account: 'configured',
  accountFormat: {
    pattern: /^client_[0-9A-Za-z]+$/,
    example: 'client_01HXYZ8K3M5N7P9Q1R2S4T6V8W',
    whereToFind: 'WorkOS Dashboard, the environment, API Keys: the Client ID, which stands for the environment',
  },
  secrets: {
    label: 'Signing secret',
    whereToFind: 'WorkOS Dashboard, Webhooks, the endpoint, Signing secret',
    generate: () => randomBytes(24).toString('base64url'),
    flawOf: hmacKeyForm,
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: 'Not confirmed; answer at once.',
    schedule: 'With growing intervals; the count and the length (about three days) are not confirmed.',
    autoDisable: 'Not confirmed.',
    outage: 'Nothing is lost while WorkOS repeats. After that the events API has every event under the same id.',
    dedupeBy: 'The id of the event (event_…), which WorkOS calls unique.',
  },
  eventTypes: [
    ...workosMappings,
    ...workosPassedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => workosScheme.coverage,
  verify: (request, settings, nowMs) => workosScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => workosScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeWorkos,
};
