import { z } from 'zod';

import { jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { StripeCredentials } from '../credentials.ts';

export interface CreateRefundInput {
  readonly paymentIntent: string;
  /** In minor units; all of what is left when absent. */
  readonly amount?: number;
}

/** https://docs.stripe.com/api/refunds/create; a key is known again for 24 hours at least (…/idempotent_requests). */
export const createRefund: OperationDefinition<
  StripeCredentials,
  CreateRefundInput,
  { readonly id: string; readonly status?: string | null | undefined }
> = {
  name: 'refunds.create',
  repeatable: 'key',
  request: ({ paymentIntent, amount }, { idempotencyKey }) => ({
    method: 'POST',
    path: '/v1/refunds',
    headers: { 'idempotency-key': idempotencyKey },
    body: { form: { payment_intent: paymentIntent, amount: amount === undefined ? undefined : String(amount) } },
  }),
  answer: jsonAnswer(z.object({ id: z.string(), status: z.string().nullish() })),
};
