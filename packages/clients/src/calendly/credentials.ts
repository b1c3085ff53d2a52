import { z } from 'zod';

import { secret } from '../contract/secret.ts';

/** https://developer.calendly.com/how-to-authenticate-with-personal-access-tokens */
export const calendlyCredentials = z.object({
  personalAccessToken: secret().describe('A personal access token of a user of the organization.'),
});
export type CalendlyCredentials = z.infer<typeof calendlyCredentials>;
