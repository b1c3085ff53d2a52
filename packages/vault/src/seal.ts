import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM: nonce ‖ ciphertext ‖ tag. Opens only with the same key and the same `bound`, which is not in it. */
export function seal(key: KeyObject, plain: Uint8Array, bound: Uint8Array): Buffer {
  // Random nonces are safe for 2³² values under one key (NIST SP 800-38D §8.3); a data key seals a handful.
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** The plain bytes; throws `secret_unreadable` for another key, another place, or a changed byte: which, nobody can tell. */
export function unseal(key: KeyObject, sealed: Uint8Array, bound: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < nonceBytes + tagBytes) throw unreadable('it is cut off');
  const end = bytes.length - tagBytes;
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(bound)
    .setAuthTag(bytes.subarray(end));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, end)), decipher.final()]);
  } catch {
    throw unreadable('it was sealed with another key, for another place, or was changed');
  }
}

function unreadable(why: string): TrunklineError {
  return new TrunklineError('secret_unreadable', `a sealed value does not open: ${why}`);
}
