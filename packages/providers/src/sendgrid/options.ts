import { z } from 'zod';

/** An hour more than SendGrid repeats a delivery. */
const defaultToleranceSeconds = 25 * 3_600;

export const sendgridOptions = z.strictObject({
  toleranceSeconds: z
    .int()
    .min(60)
    .max(7 * 86_400)
    .default(defaultToleranceSeconds)
    .describe(
      'How far the signed time may be from now. SendGrid repeats for 24 hours, and it is not confirmed that it signs each attempt anew, so a shorter time may lose events after an outage.',
    ),
});

export type SendgridOptions = z.output<typeof sendgridOptions>;
