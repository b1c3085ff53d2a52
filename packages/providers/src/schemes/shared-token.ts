import type { ReceivedRequest } from '../contract/request.ts';
import { singleHeader, withHeader } from '../contract/request.ts';
import { liveSecrets, type Secret } from '../contract/secret.ts';
import { rejected, type Verdict } from '../contract/verdict.ts';
import { credentialOf, matchingSecret, sameText, type Scheme } from './scheme.ts';

/**
 * Family I: the sender repeats a secret it was given; nothing is signed, so body and URL are as trustworthy as the TLS
 * connection. `plain`: the header is the token (Google's channel token). `bearer`: RFC 6750. `basic`: RFC 7617, and
 * the secret is `user:password` (the password may hold colons).
 */
export interface SharedToken {
  readonly form: 'plain' | 'bearer' | 'basic';
  readonly header: string;
  /**
   * The header that names what the token belongs to (Google's channel). A secret with a `keyId` counts only where the
   * header says that id, and one without counts anywhere.
   */
  readonly keyIdHeader?: string;
}

export function sharedToken(config: SharedToken): Scheme {
  const { form, header } = config;
  return {
    coverage: { credentialHeaders: [header], body: 'none', url: false },
    verify: (request, secrets, nowMs): Verdict => {
      const credential = credentialOf(request, header);
      if ('accepted' in credential) return credential;
      const given = canonicalText(credential.value, form);
      if (given === undefined)
        return rejected('unsupported_version', `the ${header} header is not of the form ${form}`);
      const live = liveSecrets(secrets, nowMs).filter(({ secret }) => belongs(secret, request, config));
      if (live.length === 0 && config.keyIdHeader !== undefined)
        return rejected('unknown_key', `no secret of this source belongs to what ${config.keyIdHeader} names`);
      const match = matchingSecret(live, [given], (secret) => textOf(secret, form));
      if (match !== undefined) return { accepted: true, secretIndex: match };
      return rejected('token_mismatch', `the token in ${header} is not a secret of this source`);
    },
    sign: (request: ReceivedRequest, secret: Secret): ReceivedRequest => {
      const { keyIdHeader } = config;
      const { keyId } = secret;
      const named =
        keyIdHeader === undefined || keyId === undefined ? request : withHeader(request, keyIdHeader, keyId);
      return withHeader(named, header, textOf(secret, form));
    },
  };
}

function belongs({ keyId }: Secret, request: ReceivedRequest, { keyIdHeader }: SharedToken): boolean {
  if (keyId === undefined || keyIdHeader === undefined) return true;
  const named = singleHeader(request, keyIdHeader);
  return named !== undefined && sameText(named, keyId);
}

/** The header as a well-behaved sender writes it. */
function textOf(secret: Secret, form: SharedToken['form']): string {
  if (form === 'plain') return secret.reveal();
  if (form === 'bearer') return `Bearer ${secret.reveal()}`;
  return `Basic ${Buffer.from(secret.reveal(), 'utf8').toString('base64')}`;
}

/** The header with its scheme name in canonical case (RFC 9110 §11.1: case-insensitive); undefined for another scheme. */
function canonicalText(value: string, form: SharedToken['form']): string | undefined {
  if (form === 'plain') return value;
  const name = form === 'bearer' ? 'Bearer' : 'Basic';
  const given = value.slice(0, name.length + 1);
  if (given.toLowerCase() !== `${name.toLowerCase()} `) return undefined;
  return `${name} ${value.slice(name.length + 1)}`;
}
