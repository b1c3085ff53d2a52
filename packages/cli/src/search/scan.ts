import { type IncomingRecord, type KafkaConnection, readRecords } from '@trunkline/kafka';
import type { Progress } from '@trunkline/operations';

export interface ScanOptions<T> {
  readonly topic: string;
  /** All of them unless given. */
  readonly partition?: number;
  /** Broker append time; older records are not read. */
  readonly fromTimestampMs: number;
  /** Records appended later than this end the reading of their partition's stream. */
  readonly untilTimestampMs?: number;
  /** What is kept of a record; undefined where it is not looked for. A value may have megabytes: keep what is needed. */
  readonly pick: (record: IncomingRecord) => T | undefined;
  /** Stops at this many matches. */
  readonly mostMatches: number;
  /** Records looked at, at most. */
  readonly mostScanned?: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Records looked at in one topic, at most: about a minute of reading. */
const mostScannedRecords = 2_000_000;

export interface ScanResult<T> {
  readonly matches: readonly T[];
  readonly scannedRecords: number;
  /** False when the limit ended the scan before the topic's end. */
  readonly complete: boolean;
}

/** Reads a topic from a time on and keeps what matches. Commits nothing and joins no group. */
export async function scanTopic<T>(connection: KafkaConnection, options: ScanOptions<T>): Promise<ScanResult<T>> {
  const { topic, partition, fromTimestampMs, signal, mostScanned = mostScannedRecords } = options;
  const where = {
    topic,
    fromTimestampMs,
    limit: mostScanned,
    signal,
    ...(partition === undefined ? {} : { partition }),
  };
  const matches: T[] = [];
  let scannedRecords = 0;
  for await (const record of readRecords(connection, where)) {
    scannedRecords += 1;
    options.progress.update(scannedRecords);
    if (options.untilTimestampMs !== undefined && record.timestampMs > options.untilTimestampMs) continue;
    const picked = options.pick(record);
    if (picked === undefined) continue;
    matches.push(picked);
    if (matches.length >= options.mostMatches) break;
  }
  return { matches, scannedRecords, complete: scannedRecords < mostScanned };
}
