/** How far a long piece of work is, for somebody who waits. */
export interface Progress {
  /** Says how far the work is; `total` undefined means the end is not known. */
  update(done: number, total?: number): void;
  /** Removes what was shown. Call it in a finally block, or the next output shares the line. */
  end(): void;
}
