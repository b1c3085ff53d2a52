import { isRecordId, uuidOf } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import { deadLetterTopic, readRecords, redriveTopic, retryTopic } from '@trunkline/kafka';

import type { AccountTools } from './tools.ts';

export interface FailureTopics {
  readonly retry: readonly string[];
  readonly redrive: string;
  readonly dead: string;
}

export function failureTopicsOf(group: string, retryTiers: readonly string[]): FailureTopics {
  return {
    retry: retryTiers.map((tier) => retryTopic(group, tier)),
    redrive: redriveTopic(group),
    dead: deadLetterTopic(group),
  };
}

export type CopyState = 'retrying' | 'redriven' | 'dead';

/** Copies read of each topic. */
const mostCopies = 1_000_000;

/**
 * Where copies of failed records are, by the record's uuid and by where it was first appended. One that the retry or
 * redrive pump is past counts as none: what it became is elsewhere.
 */
export async function readCopies(
  { connection, signal }: AccountTools,
  {
    failures,
    begun,
    sinceMs,
  }: {
    readonly failures: FailureTopics;
    readonly begun: ReadonlyMap<string, bigint>;
    readonly sinceMs: number;
  },
): Promise<ReadonlyMap<string, CopyState>> {
  const found = new Map<string, CopyState>();
  const topics: readonly (readonly [string, CopyState])[] = [
    // What is nearer to being done overwrites what is further from it.
    [failures.dead, 'dead'],
    [failures.redrive, 'redriven'],
    ...failures.retry.map((topic) => [topic, 'retrying'] as const),
  ];
  for (const [topic, state] of topics) {
    const where = { topic, fromTimestampMs: sinceMs, limit: mostCopies, signal };
    for await (const { headers, partition, offset } of readRecords(connection, where)) {
      if (state !== 'dead' && offset < (begun.get(`${topic}/${partition}`) ?? 0n)) continue;
      const id = headers[headerName.id] ?? '';
      if (isRecordId(id)) found.set(uuidOf(id), state);
      const place = [headerName.originalTopic, headerName.originalPartition, headerName.originalOffset];
      found.set(place.map((name) => headers[name] ?? '').join('/'), state);
    }
  }
  return found;
}
