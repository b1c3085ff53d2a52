import type { TrunklineError } from '@trunkline/core';

import type { OutgoingRecord } from '../ports.ts';
import { Background } from '../pump/background.ts';
import type { Entry, PartitionQueue } from './partition-queue.ts';

/** How the records of one partition ended. */
export type SendOutcome =
  /** Every record is stored by every in-sync replica. */
  | { readonly kind: 'acknowledged' }
  /** The records may or may not be stored; the same records will be sent again. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The broker will never take these records as they are, because of at least one of them. */
  | { readonly kind: 'refused'; readonly error: TrunklineError };

export interface SendPart {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly OutgoingRecord[];
}

/**
 * Sends the parts, each in order, and waits for the acknowledgement; an outcome for each. Never called again before it
 * has answered. Waits by itself until a broker can be reached; a rejection counts as `failed` of all.
 */
export type SendBatch = (parts: readonly SendPart[]) => Promise<readonly SendOutcome[]>;

export interface LaneLimits {
  readonly maxBatchRecords: number;
  /** A record above this travels alone. */
  readonly maxBatchBytes: number;
  /** How long what came during a send may wait for company. */
  readonly lingerMs: number;
}

export interface SentPart {
  readonly queue: PartitionQueue;
  readonly entries: readonly Entry[];
}

export interface LaneOptions {
  readonly limits: LaneLimits;
  readonly send: SendBatch;
  /** Settles what was sent, and offers the queues to their lanes again. */
  readonly onSent: (parts: readonly SentPart[], outcomes: readonly SendOutcome[]) => void;
  /** There is no way for the loop to fail; should it find one, nobody waits in vain. */
  readonly onBroken: (cause: unknown) => void;
}

/**
 * The partitions that one broker leads, as far as something waits for them, in batches, one outstanding. A queue stays
 * here until a batch holds some of it; when that is done with, it is offered to whichever lane it then belongs to.
 */
export class SendLane {
  readonly #options: LaneOptions;
  /** The one whose turn it is first. */
  readonly #queues = new Set<PartitionQueue>();
  readonly #background: Background;
  #running = false;
  #closed = false;
  #endLinger: (() => void) | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#background = new Background(options.onBroken);
  }

  add(queue: PartitionQueue): void {
    this.#queues.add(queue);
    if (this.#endLinger !== undefined && this.#isFull()) this.#endLinger();
    if (this.#running) return;
    this.#running = true;
    // Idle, so at once; yet after this turn of the event loop, for the callers an acknowledgement has just released together.
    setImmediate(() => this.#background.run(this.#run()));
  }

  remove(queue: PartitionQueue): void {
    this.#queues.delete(queue);
  }

  /** From now on nothing waits for company. */
  hurry(): void {
    this.#closed = true;
    this.#endLinger?.();
  }

  /** The only sender. Ends when nothing waits. */
  async #run(): Promise<void> {
    while (this.#queues.size > 0) {
      const parts = this.#nextBatch();
      if (parts.length > 0) this.#options.onSent(parts, await this.#send(parts));
      if (this.#queues.size > 0) await this.#linger();
    }
    this.#running = false;
  }

  async #send(parts: readonly SentPart[]): Promise<readonly SendOutcome[]> {
    try {
      return await this.#options.send(
        parts.map(({ queue: { topic, partition }, entries }) => ({
          topic,
          partition,
          records: entries.map(({ record }) => record),
        })),
      );
    } catch (error) {
      return parts.map(() => ({ kind: 'failed', error }));
    }
  }

  /** The beginnings of the queues, as much as a batch takes. */
  #nextBatch(): readonly SentPart[] {
    const { maxBatchRecords, maxBatchBytes } = this.#options.limits;
    const room: Room = { records: maxBatchRecords, bytes: maxBatchBytes, isEmpty: true };
    const parts: SentPart[] = [];
    for (const queue of this.#queues) {
      if (queue.waiting.size > 0) {
        const entries = takeWhatFits(queue, room);
        if (entries.length === 0) break;
        queue.isInFlight = true;
        parts.push({ queue, entries });
      }
      this.#queues.delete(queue);
    }
    return parts;
  }

  /** Waits until the oldest waiting call has waited its linger, or a whole batch is there. */
  #linger(): Promise<void> {
    const { lingerMs } = this.#options.limits;
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues) oldestMs = Math.min(oldestMs, queue.oldest()?.call.queuedAtMs ?? oldestMs);
    const restMs = lingerMs - (performance.now() - oldestMs);
    if (restMs <= 0 || restMs > lingerMs || this.#closed || this.#isFull()) return Promise.resolve();
    return new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#endLinger = undefined;
        resolve();
      };
      const timer = setTimeout(end, restMs);
      this.#endLinger = end;
    });
  }

  #isFull(): boolean {
    const { maxBatchRecords, maxBatchBytes } = this.#options.limits;
    let records = 0;
    let bytes = 0;
    for (const queue of this.#queues) {
      records += queue.waiting.size;
      bytes += queue.bytes;
      if (records >= maxBatchRecords || bytes >= maxBatchBytes) return true;
    }
    return false;
  }
}

interface Room {
  records: number;
  bytes: number;
  isEmpty: boolean;
}

/** From the front of the queue. The first record of a batch fits whatever its size; a suspect travels alone. */
function takeWhatFits(queue: PartitionQueue, room: Room): readonly Entry[] {
  const entries: Entry[] = [];
  for (const entry of queue.waiting) {
    const fits = room.records > 0 && entry.size <= room.bytes && !entry.isSuspect;
    if (!room.isEmpty && !fits) break;
    queue.take(entry);
    entries.push(entry);
    room.isEmpty = false;
    room.records = entry.isSuspect ? 0 : room.records - 1;
    room.bytes -= entry.size;
  }
  return entries;
}
