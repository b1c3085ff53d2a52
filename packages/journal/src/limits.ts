/** Everything in the journal that waits or grows, by name. */
export const journalLimits = {
  /** Records of one transaction. */
  batchRecords: 2_000,
  /** Of a fetch, unless a quarter of a second has passed: a transaction of a few rows costs as much as one of hundreds. */
  minFetchBytes: 256 * 1024,
  /** How long failures may stand on their topics: those are many and mostly quiet, and every fetch asks for all of them. */
  quietFetchMs: 1_000,
  /** One batch, everything included; then Postgres counts as away. */
  insertDeadlineMs: 10_000,
  /** Read and not yet written, of both groups together. */
  bytesInFlight: 32 * 1024 * 1024,
  /** Days kept of events, deliveries and rejections, as long as they stand on Kafka and some days more. */
  eventDays: 7,
  rejectionDays: 14,
  /** As long as a dead letter can be sent back: 30 days on its topic, and the way there. */
  stepDays: 35,
  /** Names that one process knows; a foreign writer could make up any number. */
  namesKept: 20_000,
  /** UTF-16 units of a text in a row; the rest is cut. */
  textUnits: 1_024,
  nameUnits: 256,
  searchTimeoutMs: 5_000,
  searchRangeDays: 31,
  /** Of one search: each is looked for in every row. */
  searchWords: 20,
  /** Events of one group that are nowhere: more of them are no more telling. */
  unaccountedShown: 1_000,
  /** Rows of one page. */
  pageRows: 200,
  /** Events whose records are read for a question about what they say. */
  payloadCandidates: 50_000,
} as const;
