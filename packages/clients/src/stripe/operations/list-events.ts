import { z } from 'zod';

import { jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { StripeCredentials } from '../credentials.ts';
import { stripeEvent } from '../event.ts';

export interface ListEventsInput {
  /** Created then or later, and before; Unix seconds. */
  readonly since: number;
  readonly until: number;
  /** The next newer ones than this, which goes through a window from its old end; without it the newest. */
  readonly endingBefore?: string;
  /** Only those of which no webhook endpoint has said that it has them. */
  readonly undelivered?: boolean;
}

const page = z.object({ data: z.array(stripeEvent), has_more: z.boolean() });

/** https://docs.stripe.com/api/events/list: 100 events, newest first, of the last 30 days. */
export const listEvents: OperationDefinition<StripeCredentials, ListEventsInput, z.infer<typeof page>> = {
  name: 'events.list',
  repeatable: 'yes',
  request: ({ since, until, endingBefore, undelivered }) => ({
    method: 'GET',
    path: '/v1/events',
    query: {
      'created[gte]': String(since),
      'created[lt]': String(until),
      limit: '100',
      ending_before: endingBefore,
      delivery_success: undelivered === true ? 'false' : undefined,
    },
  }),
  answer: jsonAnswer(page),
};
