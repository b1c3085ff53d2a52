/** One delivered record, until its partition's watermark has passed it. */
export interface LedgerEntry {
  /** What may be committed once this entry and all before it are finished. */
  readonly nextOffset: bigint;
  isFinished: boolean;
}

/**
 * Which records of a partition are finished. Work ends in any order, but an offset says "everything before is done":
 * so the watermark follows the order of delivery and stops at the first unfinished record. Offsets may have gaps.
 */
export class PartitionLedger {
  #entries: LedgerEntry[] = [];
  /** Entries before this index have been passed. */
  #head = 0;
  #committable: bigint | undefined;

  /** The offset to commit, once anything is finished. */
  get committable(): bigint | undefined {
    return this.#committable;
  }

  get unfinished(): number {
    return this.#entries.length - this.#head;
  }

  /** Notes a record that is being handed over. */
  deliver(offset: bigint): LedgerEntry {
    const entry: LedgerEntry = { nextOffset: offset + 1n, isFinished: false };
    this.#entries.push(entry);
    return entry;
  }

  finish(entry: LedgerEntry): void {
    entry.isFinished = true;
    this.#advance();
  }

  /**
   * Notes where a batch ended. Its last offset may be a marker that is never handed over; unless the commit passes it
   * too, the lag never reads 0.
   */
  endBatch(lastOffset: bigint): void {
    this.#entries.push({ nextOffset: lastOffset + 1n, isFinished: true });
    this.#advance();
  }

  #advance(): void {
    for (let entry = this.#entries[this.#head]; entry?.isFinished === true; entry = this.#entries[this.#head]) {
      this.#committable = entry.nextOffset;
      this.#head += 1;
    }
    // Cut the passed part off now and then; at every step it would cost the square of the window.
    if (this.#head > 1_024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }
}
