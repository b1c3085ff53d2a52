/**
 * What the rest of Trunkline sees of Kafka. kafkajs is unmaintained, so nothing outside this package may notice it:
 * another client replaces it by implementing these.
 */

/** A record ready to be published. `EncodedRecord` of @trunkline/events fits. */
export interface OutgoingRecord {
  /** Logical topic name, without the namespace prefix of a shared broker. */
  readonly topic: string;
  /** Never empty: a record without a key would be put on another partition at every retry. */
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface PublishOptions {
  /** How long the caller waits for the acknowledgement of every record, milliseconds from now. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export type PublisherState =
  /** Connected; the last send was acknowledged. Of several brokers: by one of them. */
  | 'ready'
  /** Not connected yet, and nothing has failed so far. */
  | 'connecting'
  /** The last connection or send failed; it keeps trying. */
  | 'failing';

export interface Publisher {
  /**
   * Resolves only when EVERY record is acknowledged with acks=all. Records of one key keep the order of the calls. A
   * partition or broker that does not answer delays the calls that have a record for it, and no others.
   * Keys and values are read until then, and not any more once it has resolved; behind a rejection they may be read still.
   * Rejects with `publish_unavailable` (the deadline passed, or the publisher is closed; a rejected record may still
   * arrive), `overloaded` (too many bytes wait; nothing was queued) or `payload_too_large` (nothing was queued).
   */
  publish(records: readonly OutgoingRecord[], options: PublishOptions): Promise<void>;
  state(): PublisherState;
  /** Bytes of records that are not yet acknowledged. */
  waitingBytes(): number;
  /** Refuses new records, waits for those it has until the deadline, disconnects. */
  close(options: { readonly deadlineMs: number }): Promise<void>;
}

/** A record as it was read. */
export interface IncomingRecord {
  /** Logical topic name. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** When the broker appended it (LogAppendTime), epoch milliseconds. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** As text; of a header that is given twice the first value. */
  readonly headers: Readonly<Record<string, string>>;
  /** Key, value and headers. */
  readonly sizeBytes: number;
}

export interface PumpState {
  /** Partitions this member reads, as `<topic>[<partition>]`. */
  readonly assigned: readonly string[];
  /** Those of them that are not read at the moment. */
  readonly paused: readonly string[];
  readonly inFlightBytes: number;
  /** The broker's number of the group's generation; undefined until the first heartbeat or commit in it. */
  readonly generationId: number | undefined;
  /** When records were last finished, epoch milliseconds; the start of the pump before that. */
  readonly lastProgressAt: number;
  /** Since when the oldest running process() runs, epoch milliseconds; undefined when none runs. */
  readonly insideSinceMs: number | undefined;
}

/** Reads the records of a group and hands them over; commits what is finished. */
export interface Pump {
  /**
   * Once. Resolves when the consumer runs. Rejects with `config_invalid` (a topic is missing) or
   * `dependency_unavailable`; to try again, create another pump.
   */
  start(): Promise<void>;
  /** Takes no more records, waits for running process() calls until the deadline, commits, leaves the group. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
  state(): PumpState;
  /** Resolves when everything that was handed over so far is finished and its offsets are committed. */
  idle(): Promise<void>;
}
