import { createHash } from 'node:crypto';

import { netstrings } from '@trunkline/core';

/** Which messages of an endpoint keep their order: none, those of one record key of a topic, or all. */
export const orderings = ['none', 'key', 'endpoint'] as const;
export type EndpointOrdering = (typeof orderings)[number];

/** What becomes of the messages behind one that is given up: they go on, or wait for a person. */
export const exhaustions = ['continue', 'hold'] as const;
export type OnExhausted = (typeof exhaustions)[number];

/**
 * The chain of a task: 63 bits of the SHA-256 of topic and record key, as a decimal; of an endpoint that is one chain, 0. Null:
 * in none. Two keys that share a chain wait for each other, and nothing else comes of it.
 */
export function orderKeyOf(ordering: EndpointOrdering, topic: string, recordKey: string): string | null {
  switch (ordering) {
    case 'none':
      return null;
    case 'endpoint':
      return '0';
    case 'key': {
      const digest = createHash('sha256')
        .update(netstrings([topic, recordKey]))
        .digest();
      return (digest.readBigUInt64BE() >> 1n).toString();
    }
  }
}
