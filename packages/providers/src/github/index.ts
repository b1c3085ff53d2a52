import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { singleHeader } from '../contract/request.ts';
import { firstSecret } from '../contract/settings.ts';
import { usableId } from '../contract/usable-id.ts';
import { hmacKeyForm } from '../schemes/secret-forms.ts';
import { githubKnownTypes } from './known-types.ts';
import { normalizeGithub } from './normalize.ts';
import { type GithubOptions, githubOptions } from './options.ts';
import { githubScheme } from './verify.ts';

export const github: ProviderDefinition<GithubOptions> = {
  name: 'github',
  title: 'GitHub',
  docsUrl: 'https://docs.github.com/en/webhooks',
  domains: ['integration'],
  scheme: 'HMAC-SHA256 over the body (sha256=)',
  methods: ['POST'],
  options: githubOptions,
  account: 'payload',
  secrets: {
    label: 'Secret',
    whereToFind:
      "Yours to choose, at least 32 random characters: the repository's Settings, Webhooks, the webhook, Secret",
    generate: () => randomBytes(32).toString('hex'),
    flawOf: hmacKeyForm,
  },
  // GitHub never tries again, so Kafka is waited for as long as GitHub waits for us.
  acceptDeadlineMs: 8_000,
  retries: {
    answerWithin: '10 seconds.',
    schedule: 'None. A person, or a program through the API, can have a delivery of the last three days sent again.',
    autoDisable: 'Not confirmed.',
    outage: 'Every delivery during an outage is lost until somebody has it sent again.',
    dedupeBy:
      'X-GitHub-Delivery, which stays the same when a delivery is sent again. It is not signed: a captured request can be repeated under another id, so let HTTPS alone reach the endpoint.',
  },
  knownTypes: githubKnownTypes,
  eventTypes: [{ from: '*', to: 'integration.event.received' }],
  coverage: () => githubScheme.coverage,
  verify: (request, settings, nowMs) => githubScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => githubScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeGithub,
  messageId: (request) => usableId(singleHeader(request, 'X-GitHub-Delivery')),
  keepHeaders: () => [
    'X-GitHub-Delivery',
    'X-GitHub-Event',
    'X-GitHub-Hook-ID',
    'X-GitHub-Hook-Installation-Target-ID',
    'X-GitHub-Hook-Installation-Target-Type',
  ],
};
