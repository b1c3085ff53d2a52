import type { TrunklineError } from '@trunkline/core';

import type { OutgoingRecord } from '../ports.ts';
import type { SendLane } from './send-lane.ts';

/** One record that is not acknowledged yet. */
export interface Entry {
  readonly record: OutgoingRecord;
  readonly size: number;
  readonly call: Call;
  /** Where it waits; none while it is being sent, and once it is done with. */
  waitsIn: Set<Entry> | undefined;
  /** Once its topic's partitions are known. */
  queue: PartitionQueue | undefined;
  /** It was among records that the broker refused, so it travels alone, to find out which was meant. */
  isSuspect: boolean;
}

/** One publish() call, and what of it is left. */
export interface Call {
  readonly entries: Entry[];
  readonly queuedAtMs: number;
  /** From then on. */
  readonly deadlineMs: number;
  readonly settle: (error?: TrunklineError) => void;
  unacknowledged: number;
  isEnded: boolean;
}

/** What is to be stored on one partition, in the order of the calls. Only one send at a time holds any of it. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** Those that are not being sent. */
  readonly waiting = new Set<Entry>();
  /** Of these and of those that are being sent. */
  bytes = 0;
  isInFlight = false;
  /** Until when it waits although it has a leader, by performance.now(). */
  heldUntilMs = 0;
  /** Which lane it has been given to; none while nothing can be sent. */
  lane: SendLane | undefined;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  add(entry: Entry): void {
    entry.queue = this;
    entry.waitsIn = this.waiting;
    this.waiting.add(entry);
    this.bytes += entry.size;
  }

  /** For a send; `putBack` or forget. */
  take(entry: Entry): void {
    entry.waitsIn = undefined;
    this.waiting.delete(entry);
  }

  /** Before everything newer, in the order they were taken. */
  putBack(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const newer = [...this.waiting];
    this.waiting.clear();
    for (const entry of [...entries, ...newer]) {
      entry.waitsIn = this.waiting;
      this.waiting.add(entry);
    }
  }

  oldest(): Entry | undefined {
    const [entry] = this.waiting;
    return entry;
  }
}
