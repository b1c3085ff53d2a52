import { createRecentMap } from '@trunkline/core';
import type { ConfiguredSource } from '@trunkline/sources';

import { type BucketRate, fill, fullBucket, type TokenBucket, waitMs } from './token-bucket.ts';

/**
 * The rates of the sources, counted in this process alone: n processes behind a balancer let n times as much through.
 * Nothing is asked over the network, so that a limit never costs an answer.
 */
export interface SourceRates {
  /** Takes one request out of the source's rate and returns 0, or takes none and returns how long until there is one. */
  take(source: Pick<ConfiguredSource, 'sourceId' | 'rate'>): number;
}

/** As many as a sources file can have, and more; beyond it a source unused for long begins with a full bucket. */
const mostSources = 10_000;

/** `nowMs` is of a clock that does not jump. */
export function createSourceRates(nowMs: () => number): SourceRates {
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
