import { settledWithin, TrunklineError } from '@trunkline/core';

import { partitionOf } from '../kafkajs/murmur2.ts';
import type { OutgoingRecord, PublishOptions } from '../ports.ts';
import { type AskLeaders, Leaders } from './leaders.ts';
import { type Call, type Entry, PartitionQueue } from './partition-queue.ts';
import { type LaneLimits, type SendBatch, SendLane, type SendOutcome, type SentPart } from './send-lane.ts';

export interface BatchLimits extends LaneLimits {
  /** Above this, new records are refused. Of several brokers, none may have more than half of it waiting. */
  readonly maxWaitingBytes: number;
  /** The largest record the topic takes, as measured by `recordBytes`. */
  readonly maxRecordBytes: (topic: string) => number;
}

export interface Brokers {
  readonly ask: AskLeaders;
  /** A way to send of its own for what this broker leads. */
  readonly open: (leader: number) => SendBatch;
}

/** Leadership that nobody complained about is confirmed this often while there is something to publish. */
const confirmLeadersMs = 30_000;
/** Calls whose deadline has passed are looked for this often: by one timer for all, since one for each costs a µs. */
export const sweepMs = 20;
/** How long a partition waits that failed in company, so that trying it again does not hold up the others. */
const heldMs = 1_000;

/**
 * Turns many publish() calls into few sends, one at a time for each broker. Records wait by partition, and a partition is
 * given to the lane of the broker that leads it, with one send of it outstanding whichever lane it is in: so the order of
 * a key is kept when it moves to another broker, and a partition that does not answer delays its own records only.
 */
export class Batcher {
  readonly #limits: BatchLimits;
  readonly #brokers: Brokers;
  readonly #leaders: Leaders;
  readonly #lanes = new Map<number, SendLane>();
  /** By topic and partition. */
  readonly #queues = new Map<string, Map<number, PartitionQueue>>();
  /** Of topics whose partitions are not known yet, in order of arrival. */
  readonly #unplaced = new Set<Entry>();
  readonly #calls = new Set<Call>();
  #waitingBytes = 0;
  #closed = false;
  #onEmpty: (() => void) | undefined;
  /** While calls wait. */
  #sweeping: NodeJS.Timeout | undefined;

  constructor(limits: BatchLimits, brokers: Brokers) {
    this.#limits = limits;
    this.#brokers = brokers;
    this.#leaders = new Leaders({
      ask: brokers.ask,
      onSeen: (refused) => this.#leadersSeen(refused),
      onBroken: (cause) => this.#broken(cause),
    });
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Brokers that lead what was published, as far as known. */
  leadersInUse(): readonly number[] {
    const used = new Set([...this.#allQueues()].map(({ lane }) => lane));
    return [...this.#lanes].filter(([, lane]) => used.has(lane)).map(([leader]) => leader);
  }

  publish(records: readonly OutgoingRecord[], { deadlineMs, signal }: PublishOptions): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    const sizes = records.map(recordBytes);
    const refusal = this.#refusal(records, sizes) ?? abortedBefore(signal);
    if (refusal !== undefined) return Promise.reject(refusal);

    return new Promise<void>((resolve, reject) => {
      const onAbort = signal === undefined ? undefined : (): void => this.#end(call, aborted(signal.reason));
      const call: Call = {
        entries: [],
        queuedAtMs: performance.now(),
        deadlineMs,
        unacknowledged: records.length,
        isEnded: false,
        settle: (error) => {
          if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      if (onAbort !== undefined) signal?.addEventListener('abort', onAbort, { once: true });
      this.#add(call, records, sizes);
    });
  }

  /** Refuses new calls, waits for the others, ends those that are left at the deadline. */
  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    for (const lane of this.#lanes.values()) lane.hurry();
    if (this.#calls.size > 0) {
      const { promise: empty, resolve } = Promise.withResolvers<void>();
      this.#onEmpty = resolve;
      await settledWithin(empty, deadlineMs);
    }
    this.#endAll(new TrunklineError('publish_unavailable', 'the publisher closes before the record was acknowledged'));
    clearTimeout(this.#sweeping);
    await this.#leaders.close();
  }

  #refusal(records: readonly OutgoingRecord[], sizes: readonly number[]): TrunklineError | undefined {
    if (this.#closed) return new TrunklineError('publish_unavailable', 'the publisher is closed');
    let bytes = 0;
    for (const [index, record] of records.entries()) {
      const limit = this.#limits.maxRecordBytes(record.topic);
      const size = sizes[index] ?? 0;
      bytes += size;
      if (size > limit)
        return new TrunklineError(
          'payload_too_large',
          `a record for ${record.topic} has ${size} bytes, the topic takes ${limit}`,
        );
    }
    const { maxWaitingBytes } = this.#limits;
    if (this.#waitingBytes + bytes > maxWaitingBytes)
      return overloaded(`${this.#waitingBytes} bytes wait for Kafka, the limit is ${maxWaitingBytes}`);
    if (this.#waitingBytes + bytes > maxWaitingBytes / 2) return this.#crowding(records);
    return undefined;
  }

  /** One broker that does not answer must not take the room of the others. Counted only when there is little left. */
  #crowding(records: readonly OutgoingRecord[]): TrunklineError | undefined {
    const half = this.#limits.maxWaitingBytes / 2;
    const waiting = new Map<SendLane | undefined, number>();
    for (const { lane, bytes } of this.#allQueues()) waiting.set(lane, (waiting.get(lane) ?? 0) + bytes);
    if (waiting.size < 2) return undefined;
    for (const record of records) {
      const queue = this.#queueOf(record);
      const bytes = queue === undefined ? 0 : (waiting.get(queue.lane) ?? 0);
      if (bytes > half) return overloaded(`${bytes} bytes wait for one of the brokers, it may have ${half}`);
    }
    return undefined;
  }

  #add(call: Call, records: readonly OutgoingRecord[], sizes: readonly number[]): void {
    this.#calls.add(call);
    this.#sweeping ??= setTimeout(() => this.#sweep(), sweepMs);
    for (const [index, record] of records.entries()) {
      const size = sizes[index] ?? 0;
      this.#waitingBytes += size;
      const entry: Entry = { record, size, call, waitsIn: undefined, queue: undefined, isSuspect: false };
      call.entries.push(entry);
      const queue = this.#queueOf(record);
      if (queue === undefined) {
        entry.waitsIn = this.#unplaced;
        this.#unplaced.add(entry);
      } else queue.add(entry);
    }
    for (const { queue } of call.entries) if (queue !== undefined) this.#offer(queue);
    if (this.#leaders.ageMs() > confirmLeadersMs) this.#leaders.look();
  }

  #queueOf({ topic, key }: OutgoingRecord): PartitionQueue | undefined {
    const partitions = this.#leaders.of(topic)?.length;
    if (partitions === undefined) {
      this.#leaders.want(topic);
      return undefined;
    }
    let queues = this.#queues.get(topic);
    if (queues === undefined) this.#queues.set(topic, (queues = new Map<number, PartitionQueue>()));
    const partition = partitionOf(key, partitions);
    let queue = queues.get(partition);
    if (queue === undefined) queues.set(partition, (queue = new PartitionQueue(topic, partition)));
    return queue;
  }

  *#allQueues(): Generator<PartitionQueue> {
    for (const queues of this.#queues.values()) yield* queues.values();
  }

  /** Gives a queue to the lane it belongs to now, unless some of it is being sent: then that is done with first. */
  #offer(queue: PartitionQueue): void {
    if (queue.isInFlight) return;
    const lane = this.#laneOf(queue);
    if (queue.lane !== lane) queue.lane?.remove(queue);
    queue.lane = lane;
    if (queue.waiting.size === 0) return;
    if (lane === undefined) this.#leaders.look();
    else lane.add(queue);
  }

  #laneOf({ topic, partition, heldUntilMs }: PartitionQueue): SendLane | undefined {
    const leader = this.#leaders.of(topic)?.[partition] ?? -1;
    if (leader < 0 || (heldUntilMs > 0 && performance.now() < heldUntilMs)) return undefined;
    let lane = this.#lanes.get(leader);
    if (lane === undefined) {
      lane = new SendLane({
        limits: this.#limits,
        send: this.#brokers.open(leader),
        onSent: (parts, outcomes) => this.#sent(parts, outcomes),
        onBroken: (cause) => this.#broken(cause),
      });
      if (this.#closed) lane.hurry();
      this.#lanes.set(leader, lane);
    }
    return lane;
  }

  #leadersSeen(refused: ReadonlyMap<string, TrunklineError>): void {
    for (const entry of this.#unplaced) {
      const error = refused.get(entry.record.topic);
      if (error !== undefined) this.#end(entry.call, error);
      else {
        const queue = this.#queueOf(entry.record);
        if (queue === undefined) continue;
        this.#unplaced.delete(entry);
        queue.add(entry);
      }
    }
    for (const queue of this.#allQueues()) {
      const error = refused.get(queue.topic);
      if (error !== undefined) for (const { call } of queue.waiting) this.#end(call, error);
      else this.#offer(queue);
    }
  }

  #sent(parts: readonly SentPart[], outcomes: readonly SendOutcome[]): void {
    const isPartly = outcomes.some(({ kind }) => kind === 'acknowledged');
    for (const [index, part] of parts.entries()) {
      const outcome = outcomes[index] ?? { kind: 'failed', error: undefined };
      part.queue.isInFlight = false;
      this.#apply(part, outcome);
      if (outcome.kind === 'failed') {
        if (isPartly) part.queue.heldUntilMs = performance.now() + heldMs;
        this.#leaders.look();
      }
    }
    for (const { queue } of parts) this.#offer(queue);
  }

  #apply({ queue, entries }: SentPart, outcome: SendOutcome): void {
    if (outcome.kind === 'acknowledged') {
      for (const entry of entries) {
        this.#free(entry);
        entry.call.unacknowledged -= 1;
        if (entry.call.unacknowledged === 0) this.#end(entry.call, undefined);
      }
      return;
    }
    if (outcome.kind === 'refused') {
      const [only] = entries;
      if (entries.length === 1 && only !== undefined) this.#end(only.call, outcome.error);
      else for (const entry of entries) entry.isSuspect = true;
    }
    for (const entry of entries) if (entry.call.isEnded) this.#free(entry);
    queue.putBack(entries.filter(({ call }) => !call.isEnded));
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const call of this.#calls)
      if (nowMs - call.queuedAtMs >= call.deadlineMs) this.#end(call, late(call.deadlineMs));
    this.#sweeping = this.#calls.size === 0 ? undefined : setTimeout(() => this.#sweep(), sweepMs);
  }

  #broken(cause: unknown): void {
    this.#endAll(new TrunklineError('publish_unavailable', 'the sender broke down', { cause }));
  }

  #endAll(error: TrunklineError): void {
    for (const call of this.#calls) this.#end(call, error);
  }

  /** Settles a call once; a second time does nothing. What of it is being sent is freed when that is done with. */
  #end(call: Call, error: TrunklineError | undefined): void {
    if (!this.#calls.delete(call)) return;
    call.isEnded = true;
    for (const entry of call.entries) {
      if (entry.waitsIn === undefined) continue;
      entry.waitsIn.delete(entry);
      entry.waitsIn = undefined;
      this.#free(entry);
    }
    call.settle(error);
    if (this.#calls.size === 0) this.#onEmpty?.();
  }

  #free({ size, queue }: Entry): void {
    this.#waitingBytes -= size;
    if (queue !== undefined) queue.bytes -= size;
  }
}

/**
 * An upper bound of a record's share of a produce request: 61 bytes of batch header, 40 for the lengths and deltas of
 * the record, 10 for those of each header. Compared with max.message.bytes, which counts the same things.
 */
export function recordBytes(record: OutgoingRecord): number {
  let bytes = 101 + record.key.length + (record.value?.length ?? 0);
  const { headers } = record;
  // By name: the pairs of Object.entries() are a kilobyte of garbage for an event.
  for (const name of Object.keys(headers))
    bytes += 10 + Buffer.byteLength(name) + Buffer.byteLength(headers[name] ?? '');
  return bytes;
}

function overloaded(message: string): TrunklineError {
  return new TrunklineError('overloaded', message, { retryAfterMs: 1_000 });
}

function late(deadlineMs: number): TrunklineError {
  return new TrunklineError('publish_unavailable', `Kafka did not acknowledge within ${deadlineMs} ms`);
}

function aborted(cause: unknown): TrunklineError {
  return new TrunklineError('publish_unavailable', 'the caller gave up before Kafka acknowledged', { cause });
}

function abortedBefore(signal: AbortSignal | undefined): TrunklineError | undefined {
  return signal?.aborted === true ? aborted(signal.reason) : undefined;
}
