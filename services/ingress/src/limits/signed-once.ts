import { createHash } from 'node:crypto';

import { createRecentMap } from '@trunkline/core';
import type { ReceivedRequest } from '@trunkline/providers';
import type { ConfiguredSource } from '@trunkline/sources';

import { Refusal } from '../refusal.ts';

/** One body for each text that a weak proof does cover (PayPal's transmission id): the first that was proven with it. */
export interface SignedOnce {
  /** Why a proven request is not taken all the same; undefined for the first of its text, and for repeats of that. */
  refusalOf(source: ConfiguredSource, request: ReceivedRequest): Refusal | undefined;
}

/** About 200 bytes each. Only proven requests are remembered, so nobody else can push them out. */
const mostRemembered = 50_000;

export function createSignedOnce(most: number = mostRemembered): SignedOnce {
  const bodies = createRecentMap<string, string>(most);
  return {
    refusalOf: ({ sourceId, provider }, request) => {
      const text = provider.signedOnce?.(request);
      if (text === undefined) return undefined;
      const key = digestOf(`${sourceId}\n${text}`);
      const body = digestOf(request.body);
      const known = bodies.get(key) ?? bodies.set(key, body);
      if (known === body) return undefined;
      const detail = 'another body was taken with the same signed id, which its proof does not tell from this one';
      return new Refusal({ step: 'body_hash_mismatch', code: 'signature_invalid', detail });
    },
  };
}

function digestOf(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('base64');
}
