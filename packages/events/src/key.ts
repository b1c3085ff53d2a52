import { createHmac } from 'node:crypto';

import { netstrings } from '@trunkline/core';

/**
 * The record key: it says what stays in order with what, not what is unique. Parts are percent-encoded as
 * `encodeURIComponent` does, so a ":" inside a part cannot be taken for a separator: different parts, different keys.
 */
export function recordKey(parts: readonly string[]): string {
  return parts.map(encoded).join(':');
}

function encoded(part: string): string {
  // Most ids need no escape, which is found out sooner than they are encoded.
  if (/^[\w.!~*'()-]*$/.test(part)) return part;
  // encodeURIComponent throws at a lone surrogate; elsewhere in ids it is written EF BF BD, so here too.
  return encodeURIComponent(part.toWellFormed());
}

export interface PersonalValues {
  /** Never rotated: another key would give the same two numbers another partition. */
  readonly installationKey: Uint8Array;
  readonly tenantId: string;
  readonly values: readonly string[];
}

/**
 * Stands in for values that may be personal (telephone numbers, addresses) wherever they would be seen: 64 hex digits
 * of HMAC-SHA256 over the netstrings `k1`, tenantId, and the values sorted by their UTF-8 bytes. The order of the
 * values does not matter (both directions of a conversation are one), and two tenants cannot be joined by it.
 */
export function personalDigest(personal: PersonalValues): string {
  const sorted = personal.values.map((value) => Buffer.from(value, 'utf8')).sort((a, b) => Buffer.compare(a, b));
  const message = netstrings(['k1', personal.tenantId, ...sorted.map((value) => value.toString('utf8'))]);
  return createHmac('sha256', personal.installationKey).update(message).digest('hex');
}
