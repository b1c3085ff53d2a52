import type { RequestHandler } from '@trunkline/consumer';

import { takeMessages } from '../messages/take.ts';

/** Takes wishes that somebody be told something. */
export const requestHandler: RequestHandler<'notifications.request.v1'> = {
  name: 'request',
  topic: 'notifications.request.v1',
  types: ['notifications.request.send'],
  handleBatch: async (requests, tx) => {
    await takeMessages(tx, requests);
    return { stale: [] };
  },
};
