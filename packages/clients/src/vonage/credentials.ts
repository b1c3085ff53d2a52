import { z } from 'zod';

import { privateKey } from '../contract/jwt.ts';

/** https://developer.vonage.com/en/getting-started/concepts/authentication#json-web-tokens: a key of the application, which it can replace alone. */
export const vonageCredentials = z.object({
  applicationId: z.uuid().describe('The id of the application.'),
  privateKey: privateKey().describe('The private key of the application (PEM), which Vonage gives once.'),
});
export type VonageCredentials = z.infer<typeof vonageCredentials>;
