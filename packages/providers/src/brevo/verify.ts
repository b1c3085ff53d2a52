import type { Scheme } from '../schemes/scheme.ts';
import { sharedToken } from '../schemes/shared-token.ts';
import type { BrevoOptions } from './options.ts';

/** https://developers.brevo.com/docs/secured-webhooks. Nothing is signed: a token is all there is. */
export function brevoScheme(options: BrevoOptions): Scheme {
  if (options.scheme === 'token') return sharedToken({ form: 'plain', header: options.header });
  return sharedToken({ form: options.scheme, header: credentialHeader(options) });
}

/** The header with the secret. */
export function credentialHeader(options: BrevoOptions): string {
  return options.scheme === 'token' ? options.header : 'Authorization';
}
