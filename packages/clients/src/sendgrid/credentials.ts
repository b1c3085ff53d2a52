import { z } from 'zod';

import { secret } from '../contract/secret.ts';

/** https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys; `account` names whose key it is. */
export const sendgridCredentials = z.object({
  apiKey: secret().describe('An API key of SendGrid, SG.…, with the scope mail.send.'),
});
export type SendgridCredentials = z.infer<typeof sendgridCredentials>;
