import { type IncomingRecord, type KafkaConnection, readRecords } from '@trunkline/kafka';

import type { Progress } from '../render/progress.ts';

export interface ScanOptions {
  readonly topic: string;
  /** Broker append time; older records are not read. */
  readonly fromTimestampMs: number;
  /** Records appended later than this end the reading of their partition's stream. */
  readonly untilTimestampMs?: number;
  readonly matches: (record: IncomingRecord) => boolean;
  /** Stops at this many matches. */
  readonly mostMatches: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Records looked at in one topic, at most: about a minute of reading. */
export const mostScannedRecords = 2_000_000;

export interface ScanResult {
  readonly matches: readonly IncomingRecord[];
  readonly scannedRecords: number;
  /** False when the limit ended the scan before the topic's end. */
  readonly complete: boolean;
}

/** Reads a topic from a time on and keeps what matches. Commits nothing and joins no group. */
export async function scanTopic(connection: KafkaConnection, options: ScanOptions): Promise<ScanResult> {
  const { topic, fromTimestampMs, signal } = options;
  const matches: IncomingRecord[] = [];
  let scannedRecords = 0;
  for await (const record of readRecords(connection, { topic, fromTimestampMs, limit: mostScannedRecords, signal })) {
    scannedRecords += 1;
    options.progress.update(scannedRecords);
    if (options.untilTimestampMs !== undefined && record.timestampMs > options.untilTimestampMs) continue;
    if (!options.matches(record)) continue;
    matches.push(record);
    if (matches.length >= options.mostMatches) break;
  }
  return { matches, scannedRecords, complete: scannedRecords < mostScannedRecords };
}
