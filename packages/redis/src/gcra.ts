import { intervalMs, type RateBucket, type Turn } from '@trunkline/core';

/**
 * A bucket by the generic cell rate algorithm (ITU-T I.371, annex A): one time says how much of it is used. Epoch milliseconds.
 */
export interface BucketState {
  /** When the bucket is full again. */
  readonly fullAtMs: number;
  /** No turn before this. */
  readonly heldUntilMs: number;
}

/** More than a turn may be ahead is a clock that was set back. */
export const mostAheadMs = 60_000;

/** What a bucket is before its first turn: nothing is left of the burst. */
export function emptyBucket(bucket: RateBucket, nowMs: number): BucketState {
  return { fullAtMs: nowMs + bucket.burst * intervalMs(bucket), heldUntilMs: 0 };
}

export interface TakeOptions {
  readonly nowMs: number;
  readonly waitAtMostMs: number;
}

/** A turn in all of the buckets, or in none: the same arithmetic as that of `takeScript`, which Redis runs. */
export function takeTurn(
  buckets: readonly (readonly [RateBucket, BucketState])[],
  { nowMs, waitAtMostMs }: TakeOptions,
): { readonly turn: Turn; readonly states: readonly BucketState[] } {
  const seen = buckets.map(([bucket, { fullAtMs, heldUntilMs }]) => {
    const interval = intervalMs(bucket);
    const burstMs = bucket.burst * interval;
    return { interval, burstMs, heldUntilMs, fullAtMs: Math.min(fullAtMs, nowMs + burstMs + mostAheadMs) };
  });
  const atMs = Math.max(
    nowMs,
    ...seen.map((state) => Math.max(state.fullAtMs - state.burstMs + state.interval, state.heldUntilMs)),
  );
  const waitMs = atMs - nowMs;
  const states = buckets.map(([, state]) => state);
  if (waitMs > waitAtMostMs) return { turn: { kind: 'later', waitMs }, states };
  return {
    turn: { kind: 'turn', waitMs },
    states: seen.map(({ fullAtMs, interval, heldUntilMs }) => ({
      fullAtMs: Math.max(fullAtMs, atMs) + interval,
      heldUntilMs,
    })),
  };
}
