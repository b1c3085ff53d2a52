/** The limits of the upper floor. Times in milliseconds. */
export const callLimits = {
  /** Over all attempts and waits of a call. */
  callTimeoutMs: 15_000,
  /** Beside the attempts' first. */
  maxCallRetries: 3,
  /** The n-th repeat waits a random part of `firstRepeatMs` · 2ⁿ, n from 0. */
  firstRepeatMs: 500,
  /** Repeats to one host in the last minute: this share of its calls, and some more, so that a quiet host has any. */
  retryShare: 0.1,
  freeRepeats: 3,
  /** Longest wait for a rate limit inside of a call; what takes longer is told to the caller. */
  waitInPlaceMs: 5_000,
  /** A turn that was waited for lapses when the process woke this much too late: others have used that time. */
  lateTurnMs: 250,
  /** Calls that wait for a rate limit or a repeat, over all connections. */
  maxWaitingCalls: 1_000,
  /** Failures in a row that open the breaker of a connection. */
  breakerFailures: 5,
  breakerOpenMs: 60_000,
  /** Connections and hosts whose breakers are remembered. */
  maxBreakers: 20_000,
  /** Unpacked; and at most so many times the packed size, of which the first 64 KiB are free. */
  maxUnpackedBytes: 8 * 1024 * 1024,
  maxInflateRatio: 100,
} as const;

export type CallLimits = { readonly [Name in keyof typeof callLimits]: number };
