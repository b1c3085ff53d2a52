/**
 * Where partitions ended at which times. Since offsets are given out in order, it tells since when a record waits without
 * reading it: it was appended between the last time at which the partition ended at or below it, and the next one.
 */
export interface EndHistory {
  /** Times of one partition are given in their order. */
  note(partition: string, seen: EndSeen): void;
  /** Of a time before all that was noted; given from the latest to the earliest. */
  noteEarlier(partition: string, seen: EndSeen): void;
  /** Whether it knows since when the record is there, and not only that it is older than all it has seen. */
  knows(partition: string, offset: bigint): boolean;
  /** How long the record is there at that time; at least, where it is older than all that was seen. 0 where it is not there yet. */
  ageMs(partition: string, offset: bigint, nowMs: number): number;
}

export interface EndSeen {
  readonly atMs: number;
  /** The offset that the next record will get. */
  readonly end: bigint;
}

/** Of one partition. What is older is kept more sparsely, so that an hour is known to minutes and a day to hours. */
const mostKept = 64;

export function createEndHistory(): EndHistory {
  const histories = new Map<string, EndSeen[]>();

  return {
    note(partition, seen) {
      const history = histories.get(partition) ?? [];
      histories.set(partition, history);
      const last = history.at(-1);
      // Offsets begin again where a topic is made anew.
      if (last !== undefined && seen.end < last.end) history.length = 0;
      history.push(seen);
      if (history.length > mostKept) thin(history);
    },
    noteEarlier(partition, seen) {
      const history = histories.get(partition);
      const first = history?.[0];
      if (history === undefined || first === undefined) histories.set(partition, [seen]);
      else if (seen.atMs < first.atMs && seen.end <= first.end) history.unshift(seen);
    },
    knows(partition, offset) {
      const first = histories.get(partition)?.[0];
      return first !== undefined && first.end <= offset;
    },
    ageMs(partition, offset, nowMs) {
      const history = histories.get(partition) ?? [];
      const index = history.findIndex(({ end }) => end > offset);
      const after = history[index];
      if (after === undefined) return 0;
      return Math.max(0, nowMs - appendedAtMs(offset, history[index - 1] ?? after, after));
    },
  };
}

/** Between the two at an even pace. */
function appendedAtMs(offset: bigint, before: EndSeen, after: EndSeen): number {
  if (after.end === before.end) return before.atMs;
  const share = Number(offset - before.end) / Number(after.end - before.end);
  return before.atMs + share * (after.atMs - before.atMs);
}

/** Every other one of the older half goes. */
function thin(history: EndSeen[]): void {
  const half = Math.floor(history.length / 2);
  const older = history.slice(0, half).filter((_, index) => index % 2 === 0);
  history.splice(0, half, ...older);
}
