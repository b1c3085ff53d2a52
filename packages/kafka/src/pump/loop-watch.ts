export interface LoopWatchOptions {
  readonly limitMs: number;
  /** The loop has stood still for the limit: cut its connections. */
  readonly onStall: (sinceMs: number) => void;
  /** It still does. */
  readonly onDead: (sinceMs: number) => void;
}

/**
 * Watches that the fetch loop moves. kafkajs can wait for ever for an answer on a connection that it is closing, and
 * then neither fetches nor tells anyone.
 */
export class LoopWatch {
  readonly #options: LoopWatchOptions;
  #movedAtMs = performance.now();
  #hasStalled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LoopWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.moved();
    this.#timer = setInterval(() => this.#check(), Math.min(5_000, this.#options.limitMs / 2));
  }

  moved(): void {
    this.#movedAtMs = performance.now();
    this.#hasStalled = false;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const sinceMs = Math.round(performance.now() - this.#movedAtMs);
    if (sinceMs < this.#options.limitMs) return;
    this.#movedAtMs = performance.now();
    if (this.#hasStalled) this.#options.onDead(sinceMs);
    else this.#options.onStall(sinceMs);
    this.#hasStalled = true;
  }
}
