const secondMs = 1_000;

/** Everything in a relay that waits or grows, by name. */
export interface RelayLimits {
  /** Rows of one transaction. */
  readonly relayBatchRecords: number;
  /** Bytes of one transaction's rows; a larger row travels alone. */
  readonly relayBatchBytes: number;
  /** Tenants that share one transaction; the others are served by the next ones. */
  readonly relayBatchTenants: number;
  /** Shards worked on at one time: the next one is read while the broker writes the one before. */
  readonly relayWorkers: number;
  readonly relayPublishDeadlineMs: number;
  /** One transaction with its publish. */
  readonly relayTurnDeadlineMs: number;
  /** How long a row that nobody has nudged for waits for a look. */
  readonly relayIdleMs: number;
  /** The longest wait between two tries while Kafka or Postgres is away. */
  readonly relayAwayStepMs: number;
  /** How long keys whose record the broker refused are passed over. */
  readonly relayRefusedMs: number;
  /** Keys passed over at a time in one shard; beyond, the shard waits. */
  readonly relayRefusedKeys: number;
  /** Rows of one schema; above it the group that asks pauses. */
  readonly maxWaitingRequests: number;
  readonly relayMeasureEveryMs: number;
  /** The same trouble is logged once in this time. */
  readonly relayLogEveryMs: number;
}

export const defaultRelayLimits: RelayLimits = {
  // A few requests to the broker: what a turn costs beside its rows is shared by many.
  relayBatchRecords: 1_500,
  relayBatchBytes: 900 * 1024,
  relayBatchTenants: 100,
  relayWorkers: 2,
  relayPublishDeadlineMs: 5 * secondMs,
  // Two publishes (of a refused batch once more, one by one) and the statements around them.
  relayTurnDeadlineMs: 15 * secondMs,
  relayIdleMs: 200,
  relayAwayStepMs: 2 * secondMs,
  relayRefusedMs: 30 * secondMs,
  relayRefusedKeys: 1_000,
  // About 1 KB each: a gigabyte, some hours of notices for a large installation.
  maxWaitingRequests: 1_000_000,
  relayMeasureEveryMs: 5 * secondMs,
  relayLogEveryMs: 30 * secondMs,
};
