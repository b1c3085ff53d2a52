/** Observations by upper bound, each bound's count with those below it: as Prometheus writes a histogram. */
export type Histogram = ReadonlyMap<number, number>;

/** Adds a bucket to a histogram under construction. */
export function addBucket(histogram: Map<number, number>, upperBound: number, count: number): void {
  histogram.set(upperBound, (histogram.get(upperBound) ?? 0) + count);
}

/**
 * The value below which the share `quantile` of the observations lies, estimated as evenly spread within a bucket.
 * Beyond the last finite bound nothing is known: it is that bound. Undefined without observations.
 */
export function quantileOf(histogram: Histogram, quantile: number): number | undefined {
  const buckets = [...histogram].sort(([left], [right]) => left - right);
  const whole = buckets.at(-1)?.[1] ?? 0;
  if (whole <= 0) return undefined;
  const rank = quantile * whole;
  let lower = 0;
  let below = 0;
  for (const [upper, count] of buckets) {
    if (count >= rank) {
      if (upper === Infinity || count === below) return lower;
      return lower + ((upper - lower) * (rank - below)) / (count - below);
    }
    lower = upper;
    below = count;
  }
  return lower;
}
