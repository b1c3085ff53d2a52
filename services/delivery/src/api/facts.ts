import { apiScopes } from '@trunkline/delivery';
import type { ApiFacts } from '@trunkline/http-api';

import { permissions } from './permissions.ts';
import { routes } from './routes/index.ts';

/** What the documents of this API are made of. */
export const deliveryApi: ApiFacts = {
  title: 'Trunkline delivery',
  version: '1',
  description:
    'Endpoints that are told of events by signed webhooks, the messages that were sent to them, and what was never delivered and why.',
  url: 'http://127.0.0.1:18098',
  routes,
  permissions,
  tags: {
    endpoints: 'places that are told of events',
    filters: 'conditions that decide which events an endpoint is told of',
    messages: 'events as endpoints are told them, and what became of each',
    undelivered: 'what has not reached an endpoint, and why',
    jobs: 'work on many messages of an endpoint',
  },
  scopes: apiScopes,
};
