import { z } from 'zod';

import { secret } from '../contract/secret.ts';

/** https://resend.com/docs/dashboard/api-keys/introduction */
export const resendCredentials = z.object({
  apiKey: secret().describe('An API key of Resend, re_….'),
});
export type ResendCredentials = z.infer<typeof resendCredentials>;
