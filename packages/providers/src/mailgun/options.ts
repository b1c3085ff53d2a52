import { z } from 'zod';

/** Mailgun repeats for seven and a half hours. */
const defaultToleranceSeconds = 8 * 3_600;

export const mailgunOptions = z.strictObject({
  toleranceSeconds: z
    .int()
    .min(60)
    .max(86_400)
    .default(defaultToleranceSeconds)
    .describe(
      'How far the signed time may be from now. Mailgun repeats for 8 hours, and it is not confirmed that it signs each attempt anew, so a shorter time may lose events after an outage; a longer one lets a signature that leaked be used for longer.',
    ),
});

export type MailgunOptions = z.output<typeof mailgunOptions>;
