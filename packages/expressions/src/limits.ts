/** What one filter may be, and what judging one message by it may cost. */
export const filterLimits = {
  /** Of its text, as UTF-8. */
  bytes: 4_096,
  /** Names, values and operators. */
  nodes: 500,
  /** Brackets and calls inside of each other. */
  depth: 40,
  /** Macros (`exists`, `all`, …) inside of each other. */
  macroDepth: 2,
  /** A list that is gone through. */
  listItems: 1_000,
  /** Instructions of a regular expression, as its engine counts them. */
  patternSize: 1_000,
  /**
   * Steps that judging a message may take: a node costs one each time that it may be computed, a text its length (`costOf…`).
   * A step takes some 15 ns, so this is 0.15 ms. The same message always takes the same steps: what is
   * refused for its cost is refused on every machine.
   */
  steps: 10_000,
  /** That all filters which judge one message for the same owner may take together (`sharedSteps`): 0.75 ms. */
  sharedSteps: 50_000,
  /** What each of them may take when those are spent, so that a filter of some dozen terms never fails for the sake of others. */
  leastSteps: 1_000,
} as const;
