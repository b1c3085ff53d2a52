import { type Clock, createRecentMap, type RateBucket, type RateLimiter } from '@trunkline/core';

import { type BucketState, emptyBucket, takeTurn } from './gcra.ts';

export interface LocalRatesOptions {
  /** How many processes share each rate: this one takes its share of it. */
  readonly processes: number;
  readonly now: Clock;
  readonly maxBuckets: number;
}

export interface LocalRates extends RateLimiter {
  /**
   * Empties every bucket, and lets nobody through for so long: turns that were given elsewhere may still lie ahead. What is
   * held stays held.
   */
  restart(heldForMs: number): void;
}

/** Rates that a process keeps for itself. They begin empty: what was let go before nobody here knows. */
export function createLocalRates({ processes, now, maxBuckets }: LocalRatesOptions): LocalRates {
  let restarts = 0;
  let closedUntilMs = 0;
  const states = createRecentMap<string, BucketState & { readonly restarts: number }>(maxBuckets);
  const shareOf = (bucket: RateBucket): RateBucket => ({
    ...bucket,
    // Of the even flow, and of the burst one: the interval is what carries the share.
    count: 2,
    burst: 1,
    periodMs: (bucket.periodMs / Math.max(bucket.count - bucket.burst, 1)) * processes,
  });
  const put = (share: RateBucket, state: BucketState): BucketState => states.set(share.key, { ...state, restarts });
  const stateOf = (share: RateBucket): BucketState => {
    const known = states.get(share.key);
    if (known?.restarts === restarts) return known;
    return put(share, { ...emptyBucket(share, now()), heldUntilMs: Math.max(known?.heldUntilMs ?? 0, closedUntilMs) });
  };

  return {
    take(buckets, { waitAtMostMs }) {
      const shares = buckets.map(shareOf);
      const taken = takeTurn(
        shares.map((share) => [share, stateOf(share)]),
        { nowMs: now(), waitAtMostMs },
      );
      for (const [index, share] of shares.entries()) put(share, taken.states[index] ?? stateOf(share));
      return Promise.resolve(taken.turn);
    },
    hold(buckets, forMs) {
      for (const share of buckets.map(shareOf)) {
        const state = stateOf(share);
        put(share, { ...state, heldUntilMs: Math.max(state.heldUntilMs, now() + forMs) });
      }
      return Promise.resolve();
    },
    restart: (heldForMs) => {
      restarts += 1;
      closedUntilMs = now() + heldForMs;
    },
  };
}
