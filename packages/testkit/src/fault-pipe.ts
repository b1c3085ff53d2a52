import type { Socket } from 'node:net';

import { type Direction, type Fault, inDirection } from './fault.ts';

/** What a direction of one connection holds back at most; beyond it, the sender is not read from any more. */
export const maxHeldBytes = 1024 * 1024;

export interface FaultPipeParts {
  readonly from: Socket;
  readonly to: Socket;
  readonly direction: Direction;
  readonly fault: () => Fault | undefined;
  /** Asked about each piece as it arrives; anything but `pass` and it is forgotten. */
  readonly judge: (piece: Buffer, direction: Direction) => 'pass' | 'swallow';
}

interface Held {
  bytes: Buffer;
  readonly dueAtMs: number;
  /** How many more of its bytes go in small writes. */
  toSlice: number;
}

/** One direction of a proxied connection: holds what arrives for as long as the fault wants it, then writes it in order. */
export class FaultPipe {
  readonly #parts: FaultPipeParts;
  readonly #held: Held[] = [];
  #heldBytes = 0;
  #hasEnded = false;
  #isClosed = false;
  /** A write, a turn of the loop or a due time is waited for; `#go` is called after it. */
  #isWaiting = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: FaultPipeParts) {
    this.#parts = parts;
    parts.from.on('data', (piece: Buffer) => this.#take(piece));
    parts.from.on('end', () => {
      this.#hasEnded = true;
      this.#flow();
    });
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** To be called when the fault changed: what it held back may go. */
  faultChanged(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flow();
  }

  /** Forgets what is held; nothing is written any more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#held.length = 0;
    this.#heldBytes = 0;
    // Whoever still sends must not be kept waiting, or its end would never be read.
    this.#parts.from.resume();
  }

  #take(piece: Buffer): void {
    const { direction, from, judge } = this.#parts;
    if (this.#isClosed || judge(piece, direction) === 'swallow') return;
    const fault = this.#fault();
    this.#held.push({
      bytes: piece,
      dueAtMs: performance.now() + (fault?.kind === 'delay' ? fault.ms : 0),
      toSlice: fault?.kind === 'slice' ? (fault.first ?? piece.length) : 0,
    });
    this.#heldBytes += piece.length;
    if (this.#heldBytes >= maxHeldBytes) from.pause();
    this.#flow();
  }

  #flow(): void {
    while (!this.#isWaiting && this.#timer === undefined && !this.#isClosed) {
      if (this.#fault()?.kind === 'partition') return;
      const [head] = this.#held;
      if (head === undefined) {
        if (this.#hasEnded) this.#parts.to.end();
        return;
      }
      const waitMs = this.#fault()?.kind === 'delay' ? head.dueAtMs - performance.now() : 0;
      if (waitMs > 0) this.#wakeAfter(waitMs);
      else this.#write(head);
    }
  }

  #write(head: Held): void {
    const { from, to } = this.#parts;
    const fault = this.#fault();
    const slice = fault?.kind === 'slice' && head.toSlice > 0 ? Math.min(fault.bytes, head.toSlice) : undefined;
    const piece = head.bytes.subarray(0, slice);
    head.bytes = head.bytes.subarray(piece.length);
    head.toSlice -= piece.length;
    if (head.bytes.length === 0) this.#held.shift();
    this.#heldBytes -= piece.length;
    if (this.#heldBytes < maxHeldBytes / 2) from.resume();
    if (!to.write(piece)) this.#waitFor((done) => to.once('drain', done));
    // Not in the same turn, or the kernel would put the slices together again.
    else if (slice !== undefined) this.#waitFor((done) => setImmediate(done));
  }

  #waitFor(begin: (done: () => void) => void): void {
    this.#isWaiting = true;
    begin(() => {
      this.#isWaiting = false;
      this.#flow();
    });
  }

  #wakeAfter(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flow();
    }, ms);
  }

  #fault(): Fault | undefined {
    return inDirection(this.#parts.fault(), this.#parts.direction);
  }
}
