/** The middle one; of an even number the mean of the two in the middle; NaN for an empty sample. */
export function median(sample: readonly number[]): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}

/** The smallest and the largest: with five rounds, anything finer would pretend to know more. */
export function spread(sample: readonly number[]): readonly [smallest: number, largest: number] {
  return [Math.min(...sample), Math.max(...sample)];
}

/** Round by round, so that whatever slowed a round down slowed both sides of its ratio. */
export function ratios(numerators: readonly number[], denominators: readonly number[]): readonly number[] {
  if (numerators.length !== denominators.length) throw new RangeError('a ratio needs both sides in every round');
  return numerators.map((numerator, round) => numerator / (denominators[round] ?? Number.NaN));
}
