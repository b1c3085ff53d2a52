import type { IncomingRecord } from '../ports.ts';

export type PumpEvent =
  | { readonly kind: 'joined'; readonly assigned: readonly string[] }
  | { readonly kind: 'rebalancing' }
  /** kafkajs starts the consumer again by itself. */
  | { readonly kind: 'crashed'; readonly error: unknown }
  /** The next interval tries again. */
  | { readonly kind: 'commit_failed'; readonly error: unknown }
  /** Work ended after its generation: not committed, its records come again. */
  | { readonly kind: 'finished_too_late'; readonly records: number }
  /** A batch of an earlier position was left out. */
  | { readonly kind: 'batch_refused'; readonly topic: string; readonly partition: number }
  /** The committed offset is no longer on the broker: records were lost to retention, or the topic was made anew. ALERT. */
  | { readonly kind: 'offset_reset'; readonly topic: string; readonly partition: number }
  /** The fetch loop has not moved; its connections were cut. */
  | { readonly kind: 'stalled'; readonly sinceMs: number };

export interface PumpOptions {
  readonly groupId: string;
  /** Logical names; all members of a group must name the same. */
  readonly topics: readonly string[];
  /**
   * Resolves when everything about these records is finished (effect, retry or dead letter durable). The signal is
   * aborted when the records are no longer ours; what process() does after that is ignored. A rejection is fatal.
   */
  readonly process: (records: readonly IncomingRecord[], signal: AbortSignal) => Promise<void>;
  /**
   * Bytes read and not yet finished; each lane has its equal part, so that one lane that is stuck leaves the others
   * theirs. Exceeded by one record per lane at most. The pumps of one process divide the process's budget among them.
   */
  readonly maxBytesInFlight: number;
  readonly maxBatchRecords?: number;
  /** process() calls at one time. A partition belongs to lane `partition % lanes`. */
  readonly lanes?: number;
  /** Retry tiers: a record is handed over only when its broker timestamp is so many milliseconds old. */
  readonly delayOf?: (topic: string) => number | undefined;
  /**
   * Tenants of a lane are served in turns, and one tenant holds at most half of a partition's window, which is as large
   * as its lane. Must not throw, whatever the record looks like.
   */
  readonly tenantOf?: (record: IncomingRecord) => string;
  /** Nothing more will be read: end the process. Called at most once. */
  readonly onFatal: (error: unknown) => void;
  readonly onEvent?: (event: PumpEvent) => void;
  readonly commitIntervalMs?: number;
  /**
   * A fetch waits until there are so many bytes, at most `fetchWaitMs`; 1 unless given. For a reader in no hurry whose work
   * has a price for each batch.
   */
  readonly minFetchBytes?: number;
  /**
   * How long a fetch waits for bytes, a quarter of a second unless given; by so much heartbeats, resumes and the end may be
   * late. Each fetch names every partition and is answered for each, which is what a reader of many quiet ones pays for.
   */
  readonly fetchWaitMs?: number;
  /**
   * After so long without a heartbeat the group goes on without this member; 15 s. Also how long a member waits for its
   * own ghost after its connection to the group was lost, because kafkajs joins again under a new name.
   */
  readonly sessionTimeoutMs?: number;
}

/** Of a pump whose reader keeps something smaller than the record while it waits for its turn. */
export interface ItemPumpOptions<Item> extends Omit<PumpOptions, 'process'> {
  /**
   * Made of each record as it arrives, and all that is kept of it. Called again where the record comes again. What it
   * throws is fatal.
   */
  readonly itemOf: (record: IncomingRecord) => Item;
  /**
   * For a reader that wants little of a record: these headers are read and no others, and key and value are views of the
   * answer that they came in, whose bytes the next answer is written over. They are good until `itemOf` returns; an item
   * that needs them later is made of `keptRecord`. All headers, and bytes of its own, unless given.
   */
  readonly onlyHeaders?: ReadonlySet<string>;
  /** As that of a pump of records. */
  readonly process: (items: readonly Item[], signal: AbortSignal) => Promise<void>;
}
