/** Everything about letters that grows, by name. */
export const letterLimits = {
  /** UTF-16 units of a record key. */
  keyUnits: 2_048,
  /** Letters of one page. */
  pageLetters: 1_000,
  /** Lines of a histogram, and of a dry run. */
  buckets: 200,
  /** Copies of one letter, and newer events of its entity, that are told of. */
  copies: 200,
  /** Days after its last death; then nothing can bring it back. */
  keptDays: 90,
  forgottenAtOnce: 10_000,
  /** Letters of a known cause within an hour that operators are told of. */
  growth: 100,
} as const;
