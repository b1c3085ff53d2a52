import { bearerAuth, defaultRate, defineClient } from '../contract/index.ts';
import { sendgridCredentials } from './credentials.ts';
import { fetchScopes } from './operations/fetch-scopes.ts';
import { sendMail } from './operations/send-mail.ts';

/** https://www.twilio.com/docs/sendgrid/api-reference */
export const sendgrid = defineClient({
  name: 'sendgrid',
  origin: 'https://api.sendgrid.com',
  apiVersion: 'v3',
  credentials: sendgridCredentials,
  authorise: ({ apiKey }) => bearerAuth(apiKey),
  rates: [defaultRate],
  requestIdHeader: 'x-message-id',
  operations: { sendMail },
  identify: fetchScopes,
});
