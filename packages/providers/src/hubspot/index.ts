import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { secretLike } from '../schemes/secret-forms.ts';
import { normalizeHubspot } from './normalize.ts';
import { hubspotMappings } from './objects.ts';
import { passedOn } from './passed-on.ts';
import { hubspotScheme } from './verify.ts';

const options = z.strictObject({});

export const hubspot: ProviderDefinition<z.output<typeof options>> = {
  name: 'hubspot',
  title: 'HubSpot',
  docsUrl: 'https://developers.hubspot.com/docs/api-reference/legacy/webhooks/guide',
  domains: ['crm'],
  scheme: 'HMAC-SHA256 over method, URI, body and timestamp (v3), base64',
  methods: ['POST'],
  options,
  account: 'payload',
  accountFormat: {
    pattern: /^[1-9][0-9]{0,15}$/,
    example: '62515',
    whereToFind: 'The Hub ID (portal ID), in HubSpot under the name of the account',
  },
  secrets: {
    label: 'Client secret of the app',
    whereToFind:
      'HubSpot, Development, the app, Auth: Client secret. Private apps: Settings, Integrations, the app, Auth',
    generate: () => randomUUID(),
    flawOf: secretLike(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'a client secret of an app, which is a UUID'),
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: '5 seconds for a batch.',
    schedule:
      'Up to 10 times over 24 hours, at random intervals. A 429 with Retry-After is honoured. Whether every 4xx is repeated is not confirmed: older pages say that 400, 401, 403, 404 and 405 are not.',
    autoDisable: 'None is documented.',
    outage: 'Nothing is lost while it lasts less than a day, since Trunkline answers its own trouble with 503.',
    dedupeBy:
      'eventId is not guaranteed to be unique: portal, subscription, eventId, occurredAt, the object and the kind of change together.',
  },
  pitfalls: [
    'The signature is over the public URL: set publicBaseUrl behind a proxy that changes host, port or path.',
    'HubSpot sends older signatures beside version 3; they do not count.',
    'An import floods: changeSource says IMPORT, so that a subscriber can tell.',
    'A link is told from both of its ends: two events about one association.',
    'Calls, meetings, notes, tasks and leads come as generic messages (object.creation and so on) and are named here after their kind. A lead is a deal of the kind lead.',
    'A webhook of a workflow sends the record itself and no message: it is passed on, and known by its content.',
  ],
  eventTypes: [
    ...hubspotMappings,
    ...passedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => hubspotScheme.coverage,
  verify: (request, settings, nowMs) => hubspotScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => hubspotScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeHubspot,
};
