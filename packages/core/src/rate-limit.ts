/** One rate of somebody else's that our calls keep: at most `count` in any span of `periodMs`, wherever it begins. */
export interface RateBucket {
  /** Whose it is: `twilio:AC1…:default`. All processes that use the same account name it alike. */
  readonly key: string;
  readonly count: number;
  readonly periodMs: number;
  /** How many of them may be at once; the others come evenly. At most `count`. */
  readonly burst: number;
}

export type Turn =
  /** May go in so many milliseconds, and has its place until then. */
  | { readonly kind: 'turn'; readonly waitMs: number }
  /** Would have to wait longer than it said; nothing was taken. */
  | { readonly kind: 'later'; readonly waitMs: number };

/** Where rates are kept. */
export interface RateLimiter {
  /** A turn in all of the buckets, or in none. Never rejects. */
  take(buckets: readonly RateBucket[], options: { readonly waitAtMostMs: number }): Promise<Turn>;
  /** The other side said to wait: no turn in these buckets before that. Never rejects. */
  hold(buckets: readonly RateBucket[], forMs: number): Promise<void>;
}

/**
 * Between two turns when there is no burst. `burst` turns and then one each interval are `burst + period / interval` in a
 * period: the interval is such that this is `count`.
 */
export function intervalMs({ count, periodMs, burst }: RateBucket): number {
  return periodMs / Math.max(count - burst, 1);
}
