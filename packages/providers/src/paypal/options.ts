import { z } from 'zod';

export const paypalOptions = z.strictObject({
  environment: z
    .enum(['live', 'sandbox'])
    .default('live')
    .describe('Whose certificates count: live takes them from api.paypal.com, sandbox from api.sandbox.paypal.com.'),
});

export type PaypalOptions = z.output<typeof paypalOptions>;
