import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** `key_` + 16 hex digits: names a key in lists, logs and the audit, and opens nothing. */
export type KeyId = `key_${string}`;

/** What a caller shows, split. */
export interface KeyToken {
  readonly keyId: KeyId;
  /** SHA-256 of the whole token: what is kept of it. */
  readonly digest: Buffer;
}

const secretBytes = 32;
const form = /^(trk_([0-9a-f]{16})_[A-Za-z0-9_-]{43})([0-9a-f]{8})$/;

/**
 * A new token: `trk_<id>_<256 random bits as base64url><CRC-32 of all before it>`. The prefix and the checksum let scanners of
 * leaked secrets, and us, tell a token from any other text without asking a database.
 */
export function newKeyToken(): { readonly token: string; readonly keyId: KeyId; readonly digest: Buffer } {
  const id = randomBytes(8).toString('hex');
  const stem = `trk_${id}_${randomBytes(secretBytes).toString('base64url')}`;
  const token = `${stem}${checksum(stem)}`;
  return { token, keyId: `key_${id}`, digest: digestOf(token) };
}

/** Undefined for what cannot be a token of ours. */
export function readKeyToken(text: string): KeyToken | undefined {
  const [, stem = '', id = '', sum = ''] = form.exec(text) ?? [];
  if (stem === '' || checksum(stem) !== sum) return undefined;
  return { keyId: `key_${id}`, digest: digestOf(text) };
}

export function isKeyId(text: string): text is KeyId {
  return /^key_[0-9a-f]{16}$/.test(text);
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

/** One round is enough: what is hashed cannot be guessed, unlike a password, so there is nothing to slow down. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
