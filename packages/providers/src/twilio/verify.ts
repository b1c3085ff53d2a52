import type { FormParameters } from '../contract/form-body.ts';
import type { Scheme } from '../schemes/scheme.ts';
import { urlFormHmac } from '../schemes/url-form-hmac.ts';

/**
 * https://www.twilio.com/docs/usage/security. Over the URL as it is configured at Twilio, so a source behind a proxy needs
 * its publicBaseUrl. Only the primary auth token signs; a secondary one counts from its promotion. JSON bodies
 * come with bodySHA256 in the query.
 */
export const twilioScheme: Scheme = urlFormHmac({
  header: 'X-Twilio-Signature',
  bodyHashParameter: 'bodySHA256',
  flawOf: formFlaw,
});

/** Names of Twilio are words; those of SIP headers and of attributes have marks in them, too. */
const honestName = /^[A-Za-z0-9_.[\]-]+$/;

/** A name and its value as they are signed, where the value is the id of something. */
const namedSid = /^([A-Za-z]*Sid)([A-Z]{2}[0-9a-f]{32})/;

/** What a form has after an "=" or a "&" was moved, and no form of Twilio: nothing signed separates names from values. */
function formFlaw(parameters: FormParameters): string | undefined {
  for (const [name, value] of parameters) {
    if (!honestName.test(name)) return 'a name is empty, or no word';
    const [, sidName, sid] = namedSid.exec(name + value) ?? [];
    if (sidName !== undefined && (name !== sidName || value !== sid))
      return 'a Sid is cut apart, or has more behind it';
  }
  return undefined;
}
