import { z } from 'zod';

import { secret } from '../contract/secret.ts';

/** https://docs.stripe.com/keys: a restricted key does what it was made for and no more. */
export const stripeCredentials = z.object({
  apiKey: secret(z.string().regex(/^(?:sk|rk)_(?:test|live)_/, 'is no secret or restricted key of Stripe')).describe(
    'A secret or, better, a restricted key of Stripe: sk_… or rk_….',
  ),
});
export type StripeCredentials = z.infer<typeof stripeCredentials>;
