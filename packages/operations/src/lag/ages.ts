import { type KafkaConnection, readRecordsAt } from '@trunkline/kafka';

import type { PartitionBacklog } from './read-lag.ts';

/** Knows since when the oldest records wait, and reads each of them once. */
export interface AgeBook {
  /** The rows with their ages. Rejects with `dependency_unavailable` when the records cannot be read. */
  addAges(rows: readonly PartitionBacklog[], nowMs: number): Promise<readonly PartitionBacklog[]>;
}

interface Head {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** One reading fetches a record of each partition; joining takes a broker up to three seconds. */
const readDeadlineMs = 15_000;

export function createAgeBook(connection: KafkaConnection, signal: AbortSignal): AgeBook {
  // By the place of the record. Only the heads of the latest round are kept.
  let known = new Map<string, number>();
  return {
    async addAges(rows, nowMs) {
      const heads = rows.flatMap(headOf);
      const found = new Map(heads.map((head) => [nameOf(head), known.get(nameOf(head))] as const));
      const places = heads.filter((head) => found.get(nameOf(head)) === undefined);
      if (places.length > 0) {
        const bounded = AbortSignal.any([signal, AbortSignal.timeout(readDeadlineMs)]);
        for await (const record of readRecordsAt(connection, { places, signal: bounded }))
          found.set(nameOf(record), record.timestampMs);
      }
      known = new Map([...found].flatMap(([name, at]) => (at === undefined ? [] : [[name, at] as const])));
      return rows.map((row) => {
        const head = headOf(row)[0];
        const appendedAtMs = head === undefined ? undefined : known.get(nameOf(head));
        // Two machines, two clocks: nothing waits since the future.
        return appendedAtMs === undefined ? row : { ...row, oldestAgeMs: Math.max(0, nowMs - appendedAtMs) };
      });
    },
  };
}

/** The oldest record that waits: lag records before the end, since nothing between is removed. */
function headOf({ topic, partition, end, lag }: PartitionBacklog): readonly Head[] {
  return lag > 0n ? [{ topic, partition, offset: end - lag }] : [];
}

function nameOf({ topic, partition, offset }: Head): string {
  return `${topic}/${partition}/${offset}`;
}
