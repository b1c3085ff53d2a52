const day = 24 * 3_600_000;

/** What bounds the work on messages. Times in milliseconds. */
export const sendingLimits = {
  /**
   * Messages that one process works on at one time. The tenants that have some divide half of them, so that a provider that
   * is slow for one tenant keeps none of another waiting.
   */
  lanes: 16,
  keptLanes: 8,
  /** To Postgres, for all of them: a message needs one before and after its call. */
  connections: 4,
  /** Between two looks for turns that are due. */
  lookMs: 250,
  /** Between two looks while Postgres does not answer, at most. */
  awayMs: 5_000,
  /** A message without an end of its own is worth this long, as its record is kept. */
  worthMs: 7 * day,
  /** What was said is forgotten then, as the request's record is. */
  contentMs: 7 * day,
  /** A message is forgotten altogether then, as its inbox row is. */
  rowMs: 45 * day,
  /** What a digest says one by one of what it tells; the rest it counts. */
  digestLines: 10,
  /** Calls of one message, of which all but the last surely sent nothing. */
  mostAttempts: 12,
  /** A provider that does not have a message is asked once more, in case its list is late; then it is taken at its word. */
  absentLookups: 2,
  /** One that does not answer is asked so often in all. Between two questions as long as evidence is waited for. */
  mostLookups: 6,
  /** The wait after the n-th call: `firstAgainMs` · 4ⁿ, at most `lastAgainMs`. 12 of them take nine hours. */
  firstAgainMs: 10_000,
  lastAgainMs: 3_600_000,
  /** Between two looks for a sender that is not there: as long as the message has waited, within these. */
  firstSenderLookMs: 5_000,
  lastSenderLookMs: 600_000,
} as const;
