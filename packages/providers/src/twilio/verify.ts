import type { Scheme } from '../schemes/scheme.ts';
import { urlFormHmac } from '../schemes/url-form-hmac.ts';

/**
 * https://www.twilio.com/docs/usage/security. Over the URL as it is configured at Twilio, so a source behind a proxy needs
 * its publicBaseUrl. Only the primary auth token signs; a secondary one counts from its promotion. JSON bodies
 * come with bodySHA256 in the query.
 */
export const twilioScheme: Scheme = urlFormHmac({ header: 'X-Twilio-Signature', bodyHashParameter: 'bodySHA256' });
