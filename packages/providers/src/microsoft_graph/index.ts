import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { atMost, tokenForm } from '../schemes/secret-forms.ts';
import { validationReply } from './handshake.ts';
import { graphPassedOn, normalizeMicrosoftGraph } from './normalize.ts';
import { microsoftGraphScheme, provenNotifications } from './verify.ts';

const options = z.strictObject({});

export const microsoftGraph: ProviderDefinition<z.output<typeof options>> = {
  name: 'microsoft_graph',
  title: 'Microsoft Graph',
  docsUrl: 'https://learn.microsoft.com/graph/change-notifications-delivery-webhooks',
  domains: ['calendar'],
  scheme: 'A clientState in every notification; nothing is signed',
  methods: ['POST'],
  options,
  account: 'payload',
  accountFormat: {
    pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    example: '84bd8158-6d4d-4958-8b9f-9d6445542f95',
    whereToFind: 'Microsoft Entra admin center, Overview: the tenant ID',
  },
  secrets: {
    label: 'clientState',
    whereToFind:
      'Yours to choose: the clientState given to POST /subscriptions, at most 128 characters. Bind it to its subscription: secrets: [{ from: env:NAME, keyId: <subscription id> }]; without keyId the clientState of one counts for every subscription of the source.',
    generate: () => randomBytes(32).toString('base64url'),
    flawOf: atMost(128, tokenForm),
    keyId: {
      whatItIs: 'the id of the subscription that the clientState was given for',
      example: '7f105c7d-2dc5-4530-97cd-4e7ae6534c07',
    },
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: '3 seconds; 10 at the most.',
    schedule: 'For 4 hours with growing intervals.',
    autoDisable:
      'When more than 15 % of the answers of ten minutes are slow, notifications are dropped for up to ten minutes. A subscription ends after days unless it is renewed.',
    outage:
      'Nothing while it lasts less than four hours, unless answers are slow before: what Graph drops then is not sent again, a lifecycle notification "missed" says so. Read with a delta query afterwards.',
    dedupeBy:
      'The subscription, the resource, the kind of change and the etag of the resource together, where it has one (what is created or deleted happens once); lifecycle notifications by their subscription, except missed, each reception of which is a new event.',
  },
  pitfalls: [
    'A notification says that something changed and nothing of what: fetch the resource.',
    'A delivery may mix subscriptions; a notification with another clientState is dropped, the others count.',
    'Lifecycle notifications (missed, subscriptionRemoved, reauthorizationRequired) are passed on: act on them, or the flow ends.',
    'Encrypted content of rich notifications is passed on and not decrypted; their validation tokens are not checked.',
  ],
  eventTypes: [
    { from: 'event.created', to: 'calendar.event.created' },
    { from: 'event.updated', to: 'calendar.event.updated' },
    { from: 'event.deleted', to: 'calendar.event.deleted' },
    ...graphPassedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => microsoftGraphScheme.coverage,
  verify: (request, settings, nowMs) => microsoftGraphScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => microsoftGraphScheme.sign(request, firstSecret(settings), nowMs),
  // The clientStates are in the body.
  provenOfArchived: (request, { secrets }, { receivedAtMs }) => provenNotifications(request, secrets, receivedAtMs),
  normalize: normalizeMicrosoftGraph,
  handshake: { unsigned: (request) => validationReply(request) },
  // 202 says that it is kept and not worked on yet, which is so.
  reply: () => ({ status: 202, headers: {}, body: '' }),
};
