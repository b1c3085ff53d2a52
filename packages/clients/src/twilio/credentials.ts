import { z } from 'zod';

import { secret } from '../contract/secret.ts';

/** https://www.twilio.com/docs/iam/api-keys: a key can be revoked alone, unlike the account's token. */
export const twilioCredentials = z.object({
  accountSid: z
    .string()
    .regex(/^AC[0-9a-f]{32}$/, 'is no SID of an account')
    .describe('The SID of the account, AC and 32 hex digits.'),
  apiKeySid: z
    .string()
    .regex(/^SK[0-9a-f]{32}$/, 'is no SID of an API key')
    .describe('The SID of an API key, SK and 32 hex digits.'),
  apiKeySecret: secret().describe('The secret of the API key, which Twilio shows once.'),
});
export type TwilioCredentials = z.infer<typeof twilioCredentials>;
