import { TrunklineError } from '@trunkline/core';

import type { OutgoingRecord, PublishOptions } from '../ports.ts';
import { Background } from '../pump/background.ts';

/** How one batch ended. */
export type SendOutcome =
  /** Every record is stored by every in-sync replica. */
  | { readonly kind: 'acknowledged' }
  /** The records may or may not be stored; the same records will be sent again. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The broker will never take this batch as it is, because of at least one of its records. */
  | { readonly kind: 'refused'; readonly error: TrunklineError };

/**
 * Sends one batch, in order, and waits for the acknowledgement. Never called again before it has answered.
 * Waits by itself until a broker can be reached; a rejection counts as `failed`.
 */
export type SendBatch = (records: readonly OutgoingRecord[]) => Promise<SendOutcome>;

export interface BatchLimits {
  /** Above this, new records are refused. */
  readonly maxWaitingBytes: number;
  readonly maxBatchRecords: number;
  /** A record above this travels alone. */
  readonly maxBatchBytes: number;
  /** How long what came during a send may wait for company. */
  readonly lingerMs: number;
  /** The largest record the topic takes, as measured by `recordBytes`. */
  readonly maxRecordBytes: (topic: string) => number;
}

/** One publish() call. Its records leave in order, so what is acknowledged is always a beginning of them. */
interface Call {
  readonly records: readonly OutgoingRecord[];
  readonly sizes: readonly number[];
  readonly bytes: number;
  readonly queuedAtMs: number;
  readonly settle: (error?: TrunklineError) => void;
  acknowledged: number;
}

interface Batch {
  readonly records: OutgoingRecord[];
  /** What each call will have had acknowledged when this batch is. */
  readonly progress: Map<Call, number>;
}

/**
 * Turns many publish() calls into few sends, one at a time. A call stays in the waiting set until all of it is
 * acknowledged, so a failed batch needs no putting back: the next one is made from the same beginning.
 */
export class Batcher {
  readonly #limits: BatchLimits;
  readonly #send: SendBatch;
  /** In order of arrival. */
  readonly #waiting = new Set<Call>();
  #inFlight: Batch | undefined;
  /** Calls that ended while a batch held their records: their bytes are free when that batch is done. */
  readonly #endedInFlight = new Set<Call>();
  #waitingBytes = 0;
  #waitingRecords = 0;
  /** After a refused batch, so many records travel alone, to find out which was meant. */
  #alone = 0;
  #running = false;
  #closed = false;
  #endLinger: (() => void) | undefined;
  #onEmpty: (() => void) | undefined;
  /** The one sending loop. It has no way to fail; should it find one, nobody waits in vain. */
  readonly #background = new Background((cause) =>
    this.#endAll(new TrunklineError('publish_unavailable', 'the sender broke down', { cause })),
  );

  constructor(limits: BatchLimits, send: SendBatch) {
    this.#limits = limits;
    this.#send = send;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  publish(records: readonly OutgoingRecord[], { deadlineMs, signal }: PublishOptions): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    const sizes = records.map(recordBytes);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const refusal = this.#refusal(records, sizes, bytes) ?? abortedBefore(signal);
    if (refusal !== undefined) return Promise.reject(refusal);

    return new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => this.#end(call, late(deadlineMs)), deadlineMs);
      const onAbort = (): void => this.#end(call, aborted(signal?.reason));
      const call: Call = {
        records,
        sizes,
        bytes,
        queuedAtMs: performance.now(),
        acknowledged: 0,
        settle: (error) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#add(call);
    });
  }

  /** Refuses new calls, waits for the others, ends those that are left at the deadline. */
  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    this.#endLinger?.();
    if (this.#waiting.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endAll(new TrunklineError('publish_unavailable', 'the publisher closes before the record was acknowledged'));
  }

  #refusal(records: readonly OutgoingRecord[], sizes: readonly number[], bytes: number): TrunklineError | undefined {
    if (this.#closed) return new TrunklineError('publish_unavailable', 'the publisher is closed');
    for (const [index, record] of records.entries()) {
      const limit = this.#limits.maxRecordBytes(record.topic);
      const size = sizes[index] ?? 0;
      if (size > limit)
        return new TrunklineError(
          'payload_too_large',
          `a record for ${record.topic} has ${size} bytes, the topic takes ${limit}`,
        );
    }
    if (this.#waitingBytes + bytes > this.#limits.maxWaitingBytes) {
      return new TrunklineError(
        'overloaded',
        `${this.#waitingBytes} bytes wait for Kafka, the limit is ${this.#limits.maxWaitingBytes}`,
        { retryAfterMs: 1_000 },
      );
    }
    return undefined;
  }

  #add(call: Call): void {
    this.#waiting.add(call);
    this.#waitingBytes += call.bytes;
    this.#waitingRecords += call.records.length;
    if (this.#isFull()) this.#endLinger?.();
    if (this.#running) return;
    this.#running = true;
    // Idle, so at once; yet after this turn of the event loop, for the callers an acknowledgement has just released together.
    setImmediate(() => this.#background.run(this.#run()));
  }

  /** The only sender. Ends when nothing waits. */
  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = this.#nextBatch();
      this.#inFlight = batch;
      const outcome = await this.#send(batch.records).catch((error: unknown): SendOutcome => ({
        kind: 'failed',
        error,
      }));
      this.#inFlight = undefined;
      this.#apply(batch, outcome);
      for (const call of this.#endedInFlight) this.#free(call);
      this.#endedInFlight.clear();
      if (this.#waiting.size > 0) await this.#linger();
    }
    this.#running = false;
  }

  #nextBatch(): Batch {
    const batch: Batch = { records: [], progress: new Map() };
    const maxRecords = this.#alone > 0 ? 1 : this.#limits.maxBatchRecords;
    let bytes = 0;
    for (const call of this.#waiting) {
      for (let index = call.acknowledged; index < call.records.length; index += 1) {
        const record = call.records[index];
        const size = call.sizes[index] ?? 0;
        const isFull =
          batch.records.length >= maxRecords || (batch.records.length > 0 && bytes + size > this.#limits.maxBatchBytes);
        if (record === undefined || isFull) return batch;
        batch.records.push(record);
        batch.progress.set(call, index + 1);
        bytes += size;
      }
    }
    return batch;
  }

  #apply(batch: Batch, outcome: SendOutcome): void {
    if (this.#alone > 0) this.#alone -= 1;
    switch (outcome.kind) {
      case 'acknowledged':
        for (const [call, acknowledged] of batch.progress) {
          call.acknowledged = acknowledged;
          if (acknowledged === call.records.length) this.#end(call, undefined);
        }
        return;
      case 'failed':
        return;
      case 'refused':
        if (batch.records.length > 1) this.#alone = batch.records.length;
        else for (const call of batch.progress.keys()) this.#end(call, outcome.error);
    }
  }

  /** Waits until the oldest waiting call has waited its linger, or a whole batch is there. */
  #linger(): Promise<void> {
    const [oldest] = this.#waiting;
    const restMs = oldest === undefined ? 0 : this.#limits.lingerMs - (performance.now() - oldest.queuedAtMs);
    if (restMs <= 0 || this.#closed || this.#isFull()) return Promise.resolve();
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
    return this.#waitingRecords >= this.#limits.maxBatchRecords || this.#waitingBytes >= this.#limits.maxBatchBytes;
  }

  #endAll(error: TrunklineError): void {
    for (const call of this.#waiting) this.#end(call, error);
  }

  /** Settles a call once; a second time does nothing. */
  #end(call: Call, error: TrunklineError | undefined): void {
    if (!this.#waiting.delete(call)) return;
    if (this.#inFlight?.progress.has(call) === true) this.#endedInFlight.add(call);
    else this.#free(call);
    call.settle(error);
    if (this.#waiting.size === 0) this.#onEmpty?.();
  }

  #free(call: Call): void {
    this.#waitingBytes -= call.bytes;
    this.#waitingRecords -= call.records.length;
  }
}

/**
 * An upper bound of a record's share of a produce request: 61 bytes of batch header, 40 for the lengths and deltas of
 * the record, 10 for those of each header. Compared with max.message.bytes, which counts the same things.
 */
export function recordBytes(record: OutgoingRecord): number {
  let bytes = 101 + record.key.length + (record.value?.length ?? 0);
  for (const [name, value] of Object.entries(record.headers))
    bytes += 10 + Buffer.byteLength(name) + Buffer.byteLength(value);
  return bytes;
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
