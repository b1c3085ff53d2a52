/** When something happened, as exactly as who saw it can say. */
export interface Moment {
  readonly fromMs: number;
  readonly toMs: number;
}

export function at(timeMs: number): Moment {
  return { fromMs: timeMs, toMs: timeMs };
}

/** The most of the moments that surely lie in one span of `periodMs`, wherever it begins: the sliding window, counted. */
export function mostInAnyWindow(moments: readonly Moment[], periodMs: number): number {
  const sorted = moments.toSorted((one, other) => one.toMs - other.toMs);
  let most = 0;
  let from = 0;
  for (const [to, { toMs }] of sorted.entries()) {
    // A thousandth of a millisecond is what Redis counts in.
    while (toMs - (sorted[from]?.fromMs ?? 0) > periodMs - 0.001) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}
