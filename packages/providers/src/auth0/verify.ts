import type { Scheme } from '../schemes/scheme.ts';
import { sharedToken } from '../schemes/shared-token.ts';
import type { Auth0Options } from './options.ts';

const schemes: Readonly<Record<Auth0Options['scheme'], Scheme>> = {
  bearer: sharedToken({ form: 'bearer', header: 'Authorization' }),
  basic: sharedToken({ form: 'basic', header: 'Authorization' }),
  token: sharedToken({ form: 'plain', header: 'Authorization' }),
};

/** Nothing is signed: event streams and log streams repeat what they were given, in one header. */
export function auth0Scheme(options: Auth0Options): Scheme {
  return schemes[options.scheme];
}
