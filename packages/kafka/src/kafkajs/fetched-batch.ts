import { createRequire } from 'node:module';

import { DecodedRecord } from './record-decoder.ts';

const load = createRequire(import.meta.url);

/** As much of a record as a batch looks at. */
interface BatchRecord {
  readonly offset: string;
  readonly isControlRecord?: boolean;
}

/** What kafkajs knows of a partition after a fetch. */
export interface FetchedPartition {
  readonly partition: number;
  /** Digits of a number, as all offsets are here. */
  readonly highWatermark: string;
  readonly abortedTransactions?: readonly object[];
  readonly messages: readonly BatchRecord[];
}

/**
 * The records of a partition that a fetch has brought, as kafkajs's `Batch`. That one walks three times over all records
 * and makes two numbers of each; here nothing is done where nothing is to be left out, which is nearly always.
 */
export class FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: string;
  readonly fetchedOffset: string;
  readonly rawMessages: readonly BatchRecord[];
  /** Those from the offset on that was asked for: a broker answers with whole record batches. */
  readonly messagesWithinOffset: readonly BatchRecord[];
  /** Those of them that are no markers of transactions, and of no transaction that was broken off. */
  readonly messages: readonly BatchRecord[];

  constructor(topic: string, fetchedOffset: string, fetched: FetchedPartition) {
    const { partition, highWatermark, abortedTransactions = [], messages } = fetched;
    this.topic = topic;
    this.partition = partition;
    this.highWatermark = highWatermark;
    this.fetchedOffset = fetchedOffset;
    this.rawMessages = messages;
    const from = BigInt(fetchedOffset);
    const [first] = messages;
    this.messagesWithinOffset =
      first === undefined || offsetOf(first) >= from ? messages : messages.filter((record) => offsetOf(record) >= from);
    const within = this.messagesWithinOffset;
    const finished = abortedTransactions.length === 0 ? within : filterAborted(within, abortedTransactions);
    this.messages = finished.some(isMarker) ? finished.filter((record) => !isMarker(record)) : finished;
  }

  isEmpty(): boolean {
    return this.messages.length === 0;
  }

  isEmptyIncludingFiltered(): boolean {
    return this.messagesWithinOffset.length === 0;
  }

  /** There was something, and nothing of it is handed out. */
  isEmptyDueToFiltering(): boolean {
    return this.isEmpty() && this.rawMessages.length > 0;
  }

  isEmptyControlRecord(): boolean {
    return this.isEmpty() && this.messagesWithinOffset.some(isMarker);
  }

  /** Whatever there was is older than what was asked for: the rest of a record batch that was compacted. */
  isEmptyDueToLogCompactedMessages(): boolean {
    return this.rawMessages.length > 0 && this.isEmptyIncludingFiltered();
  }

  firstOffset(): string | null {
    return this.messagesWithinOffset[0]?.offset ?? null;
  }

  lastOffset(): string {
    if (this.isEmptyDueToLogCompactedMessages()) return this.fetchedOffset;
    return this.messagesWithinOffset.at(-1)?.offset ?? (BigInt(this.highWatermark) - 1n).toString();
  }

  /** Of the last record, behind the last one of the partition. */
  offsetLag(): string {
    return (BigInt(this.highWatermark) - 1n - BigInt(this.lastOffset())).toString();
  }

  /** Of the first record. */
  offsetLagLow(): string {
    const first = this.firstOffset();
    return first === null ? '0' : (BigInt(this.highWatermark) - 1n - BigInt(first)).toString();
  }
}

function offsetOf(record: BatchRecord): bigint {
  return record instanceof DecodedRecord ? record.place : BigInt(record.offset);
}

function isMarker({ isControlRecord }: BatchRecord): boolean {
  return isControlRecord === true;
}

function filterAborted(
  messages: readonly BatchRecord[],
  abortedTransactions: readonly object[],
): readonly BatchRecord[] {
  // Internal to kafkajs, so there are no types for it; the contract is that of the file.
  const filter = load('kafkajs/src/consumer/filterAbortedMessages.js') as (of: object) => readonly BatchRecord[];
  return filter({ messages, abortedTransactions });
}
