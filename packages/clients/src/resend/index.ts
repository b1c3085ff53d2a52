import { bearerAuth, defineClient } from '../contract/index.ts';
import { resendCredentials } from './credentials.ts';
import { listDomains } from './operations/list-domains.ts';
import { sendEmail } from './operations/send-email.ts';

/** https://resend.com/docs/api-reference/introduction: two requests a second for each team, unless told otherwise. */
export const resend = defineClient({
  name: 'resend',
  origin: 'https://api.resend.com',
  // The API has one version and no name for it.
  apiVersion: undefined,
  credentials: resendCredentials,
  authorise: ({ apiKey }) => bearerAuth(apiKey),
  rates: [{ key: 'default', count: 2, periodMs: 1_000, burst: 1 }],
  operations: { sendEmail },
  identify: listDomains,
});
