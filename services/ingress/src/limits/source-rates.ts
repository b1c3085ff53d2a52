import { createRecentMap } from '@trunkline/core';
import type { ConfiguredSource } from '@trunkline/sources';

import { type BucketRate, fill, fullBucket, type TokenBucket, waitMs } from './token-bucket.ts';

/**
 * The rates of the sources, counted on this machine alone (by one process, or by one for all workers): n machines behind
 * a balancer let n times as much through. Nothing is asked over the network, so that a limit never costs an answer.
 */
export interface SourceRates {
  /** Takes one request out of the source's rate: 0, or takes none: how long until there is one. A worker may have to ask. */
  take(source: RatedSource): number | Promise<number>;
}

export type RatedSource = Pick<ConfiguredSource, 'sourceId' | 'rate'>;

/** As many as a sources file can have, and more; beyond it a source unused for long begins with a full bucket. */
export const mostSources = 10_000;

/** `nowMs` is of a clock that does not jump. */
export function createSourceRates(nowMs: () => number): { take(source: RatedSource): number } {
  const buckets = createRecentMap<string, TokenBucket>(mostSources);
  return {
    take: ({ sourceId, rate: { requests, perMs, burst } }) => {
      // Of the configuration that is in force now: an edit counts from the next request on, and what was used up is.
      const rate: BucketRate = { tokens: requests, perMs, burst };
      const now = nowMs();
      const bucket = buckets.get(sourceId) ?? buckets.set(sourceId, fullBucket(rate, now));
      fill(bucket, rate, now);
      const wait = waitMs(bucket, rate);
      if (wait === 0) bucket.tokens -= 1;
      return wait;
    },
  };
}
