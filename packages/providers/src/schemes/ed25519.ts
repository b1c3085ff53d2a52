import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** What RFC 8410 puts before the 32 bytes of a public key (SubjectPublicKeyInfo) and of a private one (PKCS #8). */
const publicHeader = Buffer.from('302a300506032b6570032100', 'hex');
const privateHeader = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Bytes in base64 in its one canonical spelling; undefined for any other text, since decoders skip what they do not know. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** An Ed25519 key from its 32 bytes; undefined where they are none. */
export function ed25519PublicKey(bytes: Buffer | undefined): KeyObject | undefined {
  if (bytes?.length !== 32) return undefined;
  return attempt(() => createPublicKey({ key: Buffer.concat([publicHeader, bytes]), format: 'der', type: 'spki' }));
}

/** From the 32 bytes of the seed, or the 64 of seed and public key that many libraries write. */
export function ed25519PrivateKey(bytes: Buffer | undefined): KeyObject | undefined {
  if (bytes === undefined || (bytes.length !== 32 && bytes.length !== 64)) return undefined;
  const key = Buffer.concat([privateHeader, bytes.subarray(0, 32)]);
  return attempt(() => createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
}

export function publicPartOf(privateKey: KeyObject): KeyObject | undefined {
  return attempt(() => createPublicKey(privateKey));
}

/** A secret that is no key is a mistake in a configuration: the verdict says so, nothing is thrown. */
function attempt(read: () => KeyObject): KeyObject | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
