import { createHmac, sign as signBytes } from 'node:crypto';

import type { SigningKey } from './signing-key.ts';

export interface SignedMessage {
  /** Part of what is signed, and the same at every attempt: receivers dedupe by it. It has no dot. */
  readonly id: string;
  /** Of this attempt, epoch milliseconds; receivers refuse what is more than five minutes from their clock. */
  readonly atMs: number;
  /** The bytes as they are sent. */
  readonly body: Uint8Array;
}

/** The three headers of Standard Webhooks. */
export interface SignatureHeaders {
  readonly 'webhook-id': string;
  /** Seconds. */
  readonly 'webhook-timestamp': string;
  /** `v1,<base64>` or `v1a,<base64>` for each key, a blank between two. */
  readonly 'webhook-signature': string;
}

/** Signs with every key given, in their order: a receiver that knows any of them can verify. */
export function signMessage({ id, atMs, body }: SignedMessage, keys: readonly SigningKey[]): SignatureHeaders {
  if (keys.length === 0) throw new RangeError('a message is signed with at least one key');
  if (id.includes('.')) throw new RangeError('the id of a message has a dot, which ends it in what is signed');
  const timestamp = String(Math.floor(atMs / 1_000));
  const prefix = `${id}.${timestamp}.`;
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys.map((key) => signatureOf(key, prefix, body)).join(' '),
  };
}

function signatureOf({ kind, key }: SigningKey, prefix: string, body: Uint8Array): string {
  if (kind === 'hmac') return `v1,${createHmac('sha256', key).update(prefix).update(body).digest('base64')}`;
  // Ed25519 reads its message twice, so it has to be in one piece.
  return `v1a,${signBytes(null, Buffer.concat([Buffer.from(prefix), body]), key).toString('base64')}`;
}
