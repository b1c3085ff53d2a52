import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

import { TrunklineError } from '@trunkline/core';

/**
 * How a key signs, after Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md,
 * "Signature scheme"): `hmac` makes `v1` signatures, whose secret both sides know; `ed25519` makes `v1a` signatures, which the
 * receiver checks with a public key.
 */
export type SigningKind = 'hmac' | 'ed25519';

export const signingKinds: readonly SigningKind[] = ['hmac', 'ed25519'];

/** A key in the form that it signs with; printed, it shows nothing of itself. */
export interface SigningKey {
  readonly kind: SigningKind;
  readonly key: KeyObject;
}

/** The specification allows 24 to 64 bytes; ours have as many as the digest. */
const secretBytes = 32;
const fewestSecretBytes = 24;
const mostSecretBytes = 64;

/** A new secret as text: `whsec_…` of a shared secret, `whsk_…` of a private key. */
export function newSigningSecret(kind: SigningKind): string {
  if (kind === 'hmac') return `whsec_${randomBytes(secretBytes).toString('base64')}`;
  const { privateKey } = generateKeyPairSync('ed25519');
  // Seed and public key together, which is the form that other servers of the specification read.
  return `whsk_${Buffer.concat([rawOf(privateKey, 'd'), rawOf(privateKey, 'x')]).toString('base64')}`;
}

/** Reads a secret. Throws `config_invalid`, which says what is wrong and nothing of the secret. */
export function readSigningKey(secret: string): SigningKey {
  if (secret.startsWith('whsec_')) {
    const bytes = base64Of(secret.slice('whsec_'.length));
    if (bytes !== undefined && bytes.length >= fewestSecretBytes && bytes.length <= mostSecretBytes)
      return { kind: 'hmac', key: createSecretKey(bytes) };
    throw invalid(`whsec_ is followed by the base64 of ${fewestSecretBytes} to ${mostSecretBytes} bytes`);
  }
  if (secret.startsWith('whsk_')) return { kind: 'ed25519', key: privateKeyOf(base64Of(secret.slice('whsk_'.length))) };
  throw invalid('it begins with whsec_ (a shared secret) or whsk_ (a private key of Ed25519)');
}

/** What the receiver verifies with: the secret itself of `hmac`, the public key (`whpk_…`) of `ed25519`. */
export function verifyingKeyOf(secret: string): string {
  const { kind, key } = readSigningKey(secret);
  return kind === 'hmac' ? secret : `whpk_${rawOf(key, 'x').toString('base64')}`;
}

/** Tells keys apart without showing them: 12 hex digits of the SHA-256 of what the receiver verifies with. */
export function fingerprintOf(secret: string): string {
  return createHash('sha256').update(verifyingKeyOf(secret)).digest('hex').slice(0, 12);
}

const seedBytes = 32;
/** What RFC 8410 puts before the 32 bytes of a private key (PKCS #8). */
const privateHeader = Buffer.from('302e020100300506032b657004220420', 'hex');

/** From the seed and the public key behind it. A pair that does not belong together would sign what nobody can verify. */
function privateKeyOf(bytes: Buffer | undefined): KeyObject {
  if (bytes?.length !== 2 * seedBytes)
    throw invalid('whsk_ is followed by the base64 of 64 bytes: seed and public key');
  const seed = bytes.subarray(0, seedBytes);
  const key = createPrivateKey({ key: Buffer.concat([privateHeader, seed]), format: 'der', type: 'pkcs8' });
  if (!rawOf(key, 'x').equals(bytes.subarray(seedBytes))) throw invalid('its public key is not that of its seed');
  return key;
}

function rawOf(privateKey: KeyObject, part: 'd' | 'x'): Buffer {
  const jwk = (part === 'd' ? privateKey : createPublicKey(privateKey)).export({ format: 'jwk' });
  return Buffer.from(jwk[part] ?? '', 'base64url');
}

/** In its one canonical spelling: decoders skip what they do not know. */
function base64Of(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function invalid(problem: string): TrunklineError {
  return new TrunklineError('config_invalid', `this is no signing secret: ${problem}`);
}
