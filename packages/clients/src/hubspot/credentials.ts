import { z } from 'zod';

import { secret } from '../contract/secret.ts';

/** https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview */
export const hubspotCredentials = z.object({
  accessToken: secret().describe('The access token of a private app, pat-….'),
});
export type HubspotCredentials = z.infer<typeof hubspotCredentials>;
