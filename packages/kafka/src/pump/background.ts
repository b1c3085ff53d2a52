/** Owns work that nobody awaits at the place where it starts: a failure is told, and whoever closes waits for the rest. */
export class Background {
  readonly #running = new Set<Promise<void>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  run(work: Promise<void>): void {
    const owned = work.catch(this.#onError).finally(() => this.#running.delete(owned));
    this.#running.add(owned);
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
