import type { Scheme } from '../schemes/scheme.ts';
import { sharedToken } from '../schemes/shared-token.ts';
import type { PostmarkOptions } from './options.ts';

/** https://postmarkapp.com/developer/webhooks/webhooks-overview. Nothing is signed: a shared secret is all there is. */
export function postmarkScheme(options: PostmarkOptions): Scheme {
  return sharedToken({ form: options.scheme === 'basic' ? 'basic' : 'plain', header: credentialHeader(options) });
}

/** The header with the secret. */
export function credentialHeader(options: PostmarkOptions): string {
  return options.scheme === 'token' ? options.header : 'Authorization';
}
