import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';

import { tokenGenerate, verifySignature } from '@vonage/jwt';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { vonage } from '../vonage/index.ts';
import { privateKey, signedJwt } from './jwt.ts';

const pem = { type: 'pkcs8', format: 'pem' } as const;
const publicPem = { type: 'spki', format: 'pem' } as const;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048, privateKeyEncoding: pem, publicKeyEncoding: publicPem });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: pem, publicKeyEncoding: publicPem });

const parsed = (token: string, part: 0 | 1): object =>
  JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString('utf8')) as object; // of a token
const claimsOf = (token: string): object => parsed(token, 1);

describe('a signed token', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ['RS256', rsa, {}],
    ['ES256', ec, { dsaEncoding: 'ieee-p1363' }],
  ] as const)('of %s verifies with the public key, and holds its claims', (algorithm, keys, encoding) => {
    const token = signedJwt({ algorithm, privateKey: keys.privateKey, claims: { iss: 'a', iat: 1 } });

    const [head, claims, signature = ''] = token.split('.');
    const signed = Buffer.from(`${head}.${claims}`);
    const key = { key: createPublicKey(keys.publicKey), ...encoding };
    expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(parsed(token, 0)).toEqual({ alg: algorithm, typ: 'JWT' });
    expect(claimsOf(token)).toEqual({ iss: 'a', iat: 1 });
  });

  it('of Vonage is one that its library makes and takes', () => {
    const applicationId = '7d2f0c2e-8f43-4d35-9f5b-0d2f0c2e8f43';
    // The library asks the clock itself, perhaps a second later.
    const nowMs = 1_790_000_000_123;
    vi.useFakeTimers({ toFake: ['Date'], now: nowMs });
    const issuedAt = Math.floor(nowMs / 1_000);
    const jti = 'req_1';

    const theirs = tokenGenerate(applicationId, rsa.privateKey, {
      jti,
      issued_at: issuedAt,
      ttl: 300,
    });
    const { authorization = '' } = vonage.authorise(
      { applicationId, privateKey: rsa.privateKey },
      { nowMs, callId: jti },
    );
    const ours = authorization.replace('Bearer ', '');

    expect(parsed(ours, 0)).toEqual(parsed(theirs, 0));
    // The library repeats one of its options among the claims.
    expect({ ...claimsOf(ours), issued_at: issuedAt }).toEqual(claimsOf(theirs));
    expect(verifySignature(ours, rsa.publicKey)).toBe(true);
  });

  it('has a key that is one', () => {
    expect(privateKey().safeParse(ec.privateKey).success).toBe(true);
    expect(privateKey().safeParse('hunter2').error?.issues[0]?.message).toBe(
      'is no private key (PEM without a passphrase)',
    );
  });
});
