import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** Bytes in base64 in its one canonical spelling; undefined for any other text, since decoders skip what they do not know. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/**
 * The same for a key, with or without its padding: some senders show theirs without, and the official libraries read
 * both. A signature has one spelling, a secret that was pasted may have either.
 */
export function decodeKey(text: string): Buffer | undefined {
  return decodeBase64(text) ?? decodeBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '='));
}

/** How long an Ed25519 key is without anything around it, public or private (then called its seed). */
export const ed25519KeyBytes = 32;

/** What RFC 8410 puts before the 32 bytes of a public key (SubjectPublicKeyInfo) and of a private one (PKCS #8). */
const publicHeader = Buffer.from('302a300506032b6570032100', 'hex');
const privateHeader = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The SubjectPublicKeyInfo of an Ed25519 key of 32 bytes. */
export function ed25519PublicDer(bytes: Buffer): Buffer {
  return Buffer.concat([publicHeader, bytes]);
}

/** An Ed25519 key from its 32 bytes; undefined where they are none. */
export function ed25519PublicKey(bytes: Buffer | undefined): KeyObject | undefined {
  if (bytes?.length !== ed25519KeyBytes) return undefined;
  return tryParse(() => createPublicKey({ key: ed25519PublicDer(bytes), format: 'der', type: 'spki' }));
}

/** From the 32 bytes of the seed, or the 64 of seed and public key that many libraries write. */
export function ed25519PrivateKey(bytes: Buffer | undefined): KeyObject | undefined {
  if (bytes === undefined || (bytes.length !== ed25519KeyBytes && bytes.length !== 2 * ed25519KeyBytes)) {
    return undefined;
  }
  const key = Buffer.concat([privateHeader, bytes.subarray(0, ed25519KeyBytes)]);
  return tryParse(() => createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
}

export function publicPartOf(privateKey: KeyObject | undefined): KeyObject | undefined {
  return privateKey === undefined ? undefined : tryParse(() => createPublicKey(privateKey));
}

/** A secret that is no key is a mistake in a configuration, and what was fetched may be anything: verdicts say so, nothing is thrown. */
export function tryParse<K>(read: () => K): K | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
