import { createPrivateKey, sign } from 'node:crypto';

import { z } from 'zod';

import { secret } from './secret.ts';

export interface Jwt {
  /** https://www.rfc-editor.org/rfc/rfc7518#section-3.1 */
  readonly algorithm: 'RS256' | 'ES256';
  /** PEM. */
  readonly privateKey: string;
  /** Times are seconds since the epoch. */
  readonly claims: Readonly<Record<string, string | number>>;
}

/** A signed token (RFC 7519). The same key and claims give the same token with RS256, and another each time with ES256. */
export function signedJwt({ algorithm, privateKey, claims }: Jwt): string {
  const signed = [{ alg: algorithm, typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(signed), {
    key: privateKey,
    // Of ECDSA, JWTs hold the two numbers as they are.
    dsaEncoding: 'ieee-p1363',
  });
  return `${signed}.${signature.toString('base64url')}`;
}

/** A private key among credentials: PEM, without a passphrase. */
export function privateKey(): z.ZodString {
  return secret(z.string().refine(isPrivateKey, 'is no private key (PEM without a passphrase)'));
}

function isPrivateKey(text: string): boolean {
  try {
    createPrivateKey(text);
    return true;
  } catch {
    return false;
  }
}
