import { z } from 'zod';

/** https://docs.stripe.com/api/events/object, as far as a fetched one has to be recognised; the rest of it is kept. */
export const stripeEvent = z.looseObject({
  id: z.string(),
  type: z.string(),
  /** Unix seconds. */
  created: z.number(),
  livemode: z.boolean(),
});
export type StripeEvent = z.infer<typeof stripeEvent>;
