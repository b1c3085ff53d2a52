import { z } from 'zod';

import { jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { StripeCredentials } from '../credentials.ts';

const page = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      url: z.string(),
      /** enabled or disabled. */
      status: z.string(),
      enabled_events: z.array(z.string()),
    }),
  ),
  has_more: z.boolean(),
});

/** https://docs.stripe.com/api/webhook_endpoints/list; an account has 16 of them at most. */
export const listWebhookEndpoints: OperationDefinition<StripeCredentials, void, z.infer<typeof page>> = {
  name: 'webhook_endpoints.list',
  repeatable: 'yes',
  request: () => ({ method: 'GET', path: '/v1/webhook_endpoints', query: { limit: '100' } }),
  answer: jsonAnswer(page),
};
