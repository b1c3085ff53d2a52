import { jwtBodyHash } from '../schemes/jwt-body-hash.ts';
import type { Scheme } from '../schemes/scheme.ts';
import { signedParameters } from '../schemes/signed-parameters.ts';
import type { VonageOptions } from './options.ts';

/**
 * https://developer.vonage.com/en/getting-started/concepts/webhooks and …/concepts/signing-messages. The signature secret
 * of the account signs both. No time is enforced: tokens have no `exp`, and whether a repeat is signed anew is not
 * documented; the dedupe by event id stands against a replay.
 */
export function vonageScheme({ signature }: VonageOptions): Scheme {
  return signature === 'jwt'
    ? jwtBodyHash({ header: 'Authorization', issuer: 'Vonage' })
    : signedParameters({ parameter: 'sig', method: signature });
}
