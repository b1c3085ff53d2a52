const secondMs = 1_000;
const dayMs = 24 * 3_600 * secondMs;

/** Retention of a domain topic. */
const domainRetentionMs = 7 * dayMs;
/** Longest time a record may spend on retry topics, counted from its first failure. */
const maxRetryAgeMs = dayMs;
/** Retention of a dead-letter topic. */
const deadLetterRetentionMs = 30 * dayMs;

/**
 * An event is applied only while its first append is at most this old: 7 + 1 + 30 = 38 d, the longest honest way through
 * the topics. The inbox keeps its ids for 45 d, so nothing is applied whose earlier effect could be forgotten.
 */
export const newestApplicableAgeMs: number = domainRetentionMs + maxRetryAgeMs + deadLetterRetentionMs;

/** Everything in a consumer that waits or grows, by name. */
export interface ConsumerLimits {
  /** Bytes read and not yet finished, of all three pumps of the group together. */
  readonly maxBytesInFlight: number;
  readonly maxBatchRecords: number;
  /** How long a killed member keeps its partitions. Heartbeats do not wait for work, so this need not cover a handler. */
  readonly sessionTimeoutMs: number;
  /** Batches worked on at one time by the main pump. */
  readonly lanes: number;
  /** One transaction, with all its handlers; above the statement timeout, so that a slow server is told from a slow handler. */
  readonly handlerDeadlineMs: number;
  /** Runs of one event, first run included, before it is dead-lettered as exhausted. */
  readonly maxAttempts: number;
  readonly maxRetryAgeMs: number;
  /** One try to publish a copy; then the group pauses and tries again. */
  readonly publishDeadlineMs: number;
  /** Consecutive statement timeouts, conflicts or lacks of memory of one batch, with Postgres answering in between, before it is the suspect. */
  readonly statementTimeoutsInARow: number;
  /** The longest step of the back-off while a dependency is away. */
  readonly pauseStepMs: number;
  /** Longer than this beyond the handler deadline inside one transaction: unready, and after twice as long the end. */
  readonly watchdogGraceMs: number;
  readonly inboxPruneEveryMs: number;
  /** Events that wait behind a failing one of their key, before the group pauses. */
  readonly parkedPerKey: number;
  /** Of all keys of the group, the same; and their bytes. */
  readonly parkedPerGroup: number;
  readonly parkedBytes: number;
  /** Waiting events of a key that are applied in one transaction. */
  readonly releaseBatch: number;
  /** How often it is looked for keys that are due. */
  readonly releaseEveryMs: number;
  /** How long the events of a key wait for a dead letter to be mended. */
  readonly holdMs: number;
  /** How long the places of dead letters of a key are known, so that one that is read again is recognised. */
  readonly passedMs: number;
  /** Ends of a process at which one record was in hand, before it is dead-lettered without another run. */
  readonly maxCrashes: number;
  /** Of the records that a dead process had in hand, how many are taken at a time. */
  readonly carefulRecords: number;
  /** Keys whose runs hang one after the other, none coming to an end between them, before it is taken for a bad release. */
  readonly releaseHangs: number;
  /** How far back the release guard looks. */
  readonly releaseWindowMs: number;
  /** Fewer keys than this failing alike are never taken for a bad release. */
  readonly releaseLeastKeys: number;
  /** More than this part of the keys, and of the tenants, have to fail alike. */
  readonly releaseShare: number;
  /** Keys the release guard remembers; beyond, a sample of them. */
  readonly releaseKeysKept: number;
  /** A held batch is tried again after this, then twice as long, up to the last. */
  readonly releaseFirstProbeMs: number;
  readonly releaseLastProbeMs: number;
}

export const defaultConsumerLimits: ConsumerLimits = {
  maxBytesInFlight: 64 * 1024 * 1024,
  maxBatchRecords: 500,
  sessionTimeoutMs: 10 * secondMs,
  // As the bare minimum of work keeps two cores busy: one decodes while the others wait for Postgres.
  lanes: 3,
  handlerDeadlineMs: 30 * secondMs,
  maxAttempts: 6,
  maxRetryAgeMs,
  publishDeadlineMs: 5 * secondMs,
  statementTimeoutsInARow: 3,
  pauseStepMs: secondMs,
  watchdogGraceMs: 30 * secondMs,
  inboxPruneEveryMs: 3_600 * secondMs,
  parkedPerKey: 1_000,
  parkedPerGroup: 100_000,
  parkedBytes: 256 * 1024 * 1024,
  releaseBatch: 100,
  releaseEveryMs: secondMs,
  holdMs: dayMs,
  // As long as the topic has the record, and a day.
  passedMs: domainRetentionMs + dayMs,
  maxCrashes: 3,
  // Three lanes of 500 and what their notes reach ahead, 256 in each of 12 partitions, are some 3,500: 35 portions at the
  // second death, of which one is left to be taken one by one at the third.
  carefulRecords: 100,
  // Were it half of the keys only, seven in a row would be one case in 128. With the batch's own deadline before them
  // 8 × 30 s = 4 min.
  releaseHangs: 7,
  releaseWindowMs: 60 * secondMs,
  releaseLeastKeys: 20,
  releaseShare: 0.5,
  // About 200 bytes each.
  releaseKeysKept: 4_096,
  releaseFirstProbeMs: secondMs,
  releaseLastProbeMs: 30 * secondMs,
};

/** A failing batch at least this long is split in two; a shorter one goes event by event. */
export const bisectFrom = 16;
