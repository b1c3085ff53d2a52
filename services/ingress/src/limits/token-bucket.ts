/** A bucket fills by so many tokens in a period, and never holds more than its burst. */
export interface BucketRate {
  readonly tokens: number;
  readonly perMs: number;
  readonly burst: number;
}

export interface TokenBucket {
  tokens: number;
  filledAtMs: number;
}

export function fullBucket(rate: BucketRate, nowMs: number): TokenBucket {
  return { tokens: rate.burst, filledAtMs: nowMs };
}

/** Adds what has come since. The rate may be another one than before: what is above its burst spills. */
export function fill(bucket: TokenBucket, rate: BucketRate, nowMs: number): void {
  // A clock that jumps back fills nothing and takes nothing.
  const sinceMs = Math.max(0, nowMs - bucket.filledAtMs);
  bucket.tokens = Math.min(rate.burst, bucket.tokens + (sinceMs * rate.tokens) / rate.perMs);
  bucket.filledAtMs = nowMs;
}

/** How long until there is a token; 0 when there is one. Of a bucket that was just filled. */
export function waitMs(bucket: TokenBucket, rate: BucketRate): number {
  return Math.max(0, ((1 - bucket.tokens) * rate.perMs) / rate.tokens);
}
