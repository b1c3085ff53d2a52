import { z } from 'zod';

/** https://www.twilio.com/docs/messaging/api/message-resource */
export const twilioMessage = z.object({
  sid: z.string(),
  /** queued, sending, sent, delivered, undelivered, failed, … */
  status: z.string(),
  /** https://www.twilio.com/docs/api/errors */
  error_code: z.number().nullish(),
});
export type TwilioMessage = z.infer<typeof twilioMessage>;

export const accounts = '/2010-04-01/Accounts';
