import { z } from 'zod';

export const stripeOptions = z.strictObject({
  modes: z
    .array(z.enum(['live', 'test']))
    .min(1)
    .default(['live'])
    .describe('The modes this source takes. Events of another mode are answered 200, archived and otherwise ignored.'),
});

export type StripeOptions = z.output<typeof stripeOptions>;
