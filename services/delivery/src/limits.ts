/** The limits of sending. Times in milliseconds. */
export const deliveryLimits = {
  /** Requests of this process that are under way at a time. */
  maxInFlight: 256,
  /** An endpoint that failed so often in a row is asked by one request in that time. */
  breakerFailures: 5,
  breakerOpenMs: 30_000,
  /** An endpoint whose last request took longer has the slots of those that fail. */
  slowMs: 2_000,
  /** After a mistake of ours nothing is sent to the endpoint for a moment: the same again would be the same. */
  mistakeHoldMs: 10_000,
  /** What is loaded and not sent yet: 64 MiB. */
  maxLoadedBytes: 64 * 1024 * 1024,
  /**
   * Of what is free of that an endpoint may have so much for itself. One alone has a fifth of all; a thousand of which nothing
   * leaves leave a 250th, so that one whose messages leave always finds some.
   */
  laneShare: 1 / 4,
  /** The same for the first message of one that has none. */
  firstShare: 1 / 2,
  /** What a task takes beside its body, about. */
  taskBytes: 512,
  /** Tasks of an endpoint that are loaded at a time, at the least. */
  laneTasks: 64,
  /** Messages whose fate is known when somebody comes late with them: some seconds of them, 100 bytes each. */
  rememberedTasks: 16_384,
  /** Chains of an endpoint that have their turn in one load; each costs a step down an index, some 10 µs. */
  headsPerLook: 128,
  /** Endpoints of one load: 64 × 64 rows are a few milliseconds. */
  lanesPerLoad: 64,
  /** A larger message is sent without its data. */
  maxBodyBytes: 256 * 1024,
  /** Read of an answer; the rest is not, and the connection is closed. */
  maxAnswerBytes: 16 * 1024,
  /** Kept of the answer to a request that failed. */
  keptAnswerBytes: 2 * 1024,
  /** How long an answer waits for others, to be written with them. Where the next one of a chain waits for it, less long. */
  resultFlushMs: 25,
  awaitedFlushMs: 10,
  resultFlushRows: 250,
  /** Answers that Postgres has not taken: at so many nothing more is sent. */
  maxUnflushedResults: 2_000,
  /**
   * Tenants that one transaction names. Each row is held against all of them: of 250 rows of as many tenants that is a
   * millisecond, and less than the transactions that it saves.
   */
  tenantsPerTransaction: 250,

  /** How long a process that is not heard of keeps its endpoints, unless it is told another time. */
  leaseMs: 10_000,
  /** Of the lease: how often it is renewed, and after how long without that nothing is sent; the rest is for clocks that differ. */
  renewShare: 0.3,
  selfFenceShare: 0.7,
  /** Endpoints that are made or changed are looked at so often at most. */
  routesEveryMs: 100,
  /** What a notice that was lost costs. */
  sweepEveryMs: 5_000,

  /** A message is not sent when it has waited so long. */
  maxAgeMs: 5 * 24 * 3_600_000,
  retryAfterMaxMs: 24 * 3_600_000,
  /** Requests that were denied the address: the place is not going to become another one soon. */
  deniedAttempts: 3,
  /** An endpoint is disabled that had no success for so long, and failed so often. */
  disableAfterMs: 5 * 24 * 3_600_000,
  disableLeastFailures: 20,
  /** It is told of at these parts of the time. */
  tellAtPercent: [50, 75, 90],

  /** How soon it is told what became of endpoints, and how many of one transaction. */
  announceEveryMs: 1_000,
  announcedAtOnce: 250,
  /** A message is told of as failing after so many attempts. */
  failingAttempts: 4,
  /** That an endpoint misses messages is told by one of them in this time. */
  skippedEverySeconds: 3_600,

  /** Of messages and attempts. */
  keptDays: 30,
  /** A record that was appended so much earlier than the endpoint was made is not for it; clocks differ by less. */
  clockToleranceMs: 5_000,
} as const;

export type DeliveryLimits = { readonly [Name in keyof typeof deliveryLimits]: (typeof deliveryLimits)[Name] };
