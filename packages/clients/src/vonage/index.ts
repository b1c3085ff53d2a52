import { bearerAuth, defaultRate, defineClient, signedJwt } from '../contract/index.ts';
import { vonageCredentials } from './credentials.ts';
import { listCalls } from './operations/list-calls.ts';
import { sendMessage } from './operations/send-message.ts';

/** Of a token, which is made for one call and its repeats. */
const lifetimeS = 300;

/** https://developer.vonage.com/en/api/messages */
export const vonage = defineClient({
  name: 'vonage',
  origin: 'https://api.nexmo.com',
  apiVersion: 'v1',
  credentials: vonageCredentials,
  authorise: ({ applicationId, privateKey }, { nowMs, callId }) => {
    const nowS = Math.floor(nowMs / 1_000);
    const claims = { application_id: applicationId, iat: nowS, exp: nowS + lifetimeS, jti: callId };
    return bearerAuth(signedJwt({ algorithm: 'RS256', privateKey, claims }));
  },
  rates: [defaultRate],
  operations: { sendMessage },
  identify: listCalls,
});
