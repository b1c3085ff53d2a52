import { basicAuth, defaultRate, defineClient } from '../contract/index.ts';
import { twilioCredentials } from './credentials.ts';
import { createMessage } from './operations/create-message.ts';
import { fetchAccount } from './operations/fetch-account.ts';
import { fetchMessage } from './operations/fetch-message.ts';
import { listMessages } from './operations/list-messages.ts';

/** https://www.twilio.com/docs/usage/api */
export const twilio = defineClient({
  name: 'twilio',
  origin: 'https://api.twilio.com',
  apiVersion: '2010-04-01',
  credentials: twilioCredentials,
  authorise: ({ apiKeySid, apiKeySecret }) => basicAuth(apiKeySid, apiKeySecret),
  rates: [defaultRate],
  requestIdHeader: 'twilio-request-id',
  operations: { createMessage, fetchMessage, listMessages },
  identify: fetchAccount,
});
