import { FairList } from './fair-list.ts';

/** What a lane needs to know of something that waits for its turn or is being processed. */
export interface LaneWork {
  /** What is kept of the record: itself, unless the pump's reader makes something else of it. */
  readonly item: unknown;
  /** Aborted when the record is no longer ours to finish. */
  readonly signal: AbortSignal;
  readonly tenant: string;
  /** What it counts against the lane's limit. */
  readonly bytes: number;
}

export interface LaneOptions<Work extends LaneWork> {
  readonly maxBytes: number;
  readonly maxBatchRecords: number;
  readonly process: (items: readonly unknown[], signal: AbortSignal) => Promise<void>;
  /** These are finished: effect, retry or dead letter is durable. */
  readonly onFinished: (work: readonly Work[]) => void;
  /** The lane may be read for again. */
  readonly onRelief: (lane: Lane<Work>) => void;
  readonly onFatal: (error: unknown) => void;
}

/** The work list of some partitions. One process() call at a time, so the order of a partition holds. */
export class Lane<Work extends LaneWork> {
  readonly #options: LaneOptions<Work>;
  readonly #waiting = new FairList<Work>();
  #bytes = 0;
  #isFull = false;
  #isClosed = false;
  #running: Promise<void> | undefined;
  #insideSinceMs: number | undefined;

  constructor(options: LaneOptions<Work>) {
    this.#options = options;
  }

  /** From the limit on, until half of it is free again. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get maxBytes(): number {
    return this.#options.maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Since when process() runs, epoch milliseconds. */
  get insideSinceMs(): number | undefined {
    return this.#insideSinceMs;
  }

  add(work: Work): void {
    this.#waiting.add(work.tenant, work);
    this.#bytes += work.bytes;
    if (this.#bytes >= this.#options.maxBytes) this.#isFull = true;
    this.#running ??= this.#run().catch((error: unknown) => this.#options.onFatal(error));
  }

  /** Forgets what has not been started. */
  clear(): void {
    for (const { bytes } of this.#waiting.clear()) this.#bytes -= bytes;
    this.#relieve();
  }

  /** Starts nothing any more; resolves when what runs has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.clear();
    await this.#running;
  }

  async #run(): Promise<void> {
    // The rest of what was fetched together is about to be added: turns are fair only among those who are there.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#isClosed && this.#waiting.size > 0) {
      const work = this.#waiting.take(this.#options.maxBatchRecords);
      const isFinished = await this.#process(work);
      for (const { bytes } of work) this.#bytes -= bytes;
      if (isFinished) this.#options.onFinished(work);
      this.#relieve();
    }
    this.#running = undefined;
  }

  /** Whether the work is finished. Work that was taken from us while it ran may fail as it likes. */
  async #process(work: readonly Work[]): Promise<boolean> {
    const signal = work[0]?.signal ?? AbortSignal.abort();
    this.#insideSinceMs = Date.now();
    try {
      await this.#options.process(
        work.map(({ item }) => item),
        signal,
      );
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      this.#isClosed = true;
      this.#options.onFatal(error);
      return false;
    } finally {
      this.#insideSinceMs = undefined;
    }
  }

  #relieve(): void {
    if (!this.#isFull || this.#bytes > this.#options.maxBytes / 2) return;
    this.#isFull = false;
    this.#options.onRelief(this);
  }
}
