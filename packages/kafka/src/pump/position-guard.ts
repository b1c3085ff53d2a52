/**
 * Refuses batches that were fetched for another position. After a rejoin inside a fetch, kafkajs may still deliver what
 * it had fetched before; taking it would move the position past records that nobody has handled. Such a batch comes at
 * most once. A real gap in the offsets comes again at the next fetch, and is then believed.
 */
export class PositionGuard {
  /** Undefined until the first batch: the broker knows where the group stood, this process does not. */
  #next: bigint | undefined;
  #doubted: bigint | undefined;
  readonly #doubtsFirst: boolean;

  /** `doubtsFirst`: the generation began without the fetching having stopped before. */
  constructor(doubtsFirst: boolean) {
    this.#doubtsFirst = doubtsFirst;
  }

  /** Whether a batch that begins at this offset is to be taken. */
  accepts(firstOffset: bigint): boolean {
    const isExpected = this.#next === undefined ? !this.#doubtsFirst : firstOffset === this.#next;
    if (isExpected || this.#doubted === firstOffset) return true;
    this.#doubted = firstOffset;
    return false;
  }

  moveTo(nextOffset: bigint): void {
    this.#next = nextOffset;
    this.#doubted = undefined;
  }
}
