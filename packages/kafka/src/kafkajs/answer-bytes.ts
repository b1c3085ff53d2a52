/**
 * The bytes in which answers of brokers are received. kafkajs copies the chunks of an answer together, each of them and
 * the copy allocated outside of the heap: at some 100 MB of records a second, half of the process's time went into that
 * and into the full collections it forces. Here the socket writes each answer where it stays, and large ones, which are
 * those of fetches, are received again and again in the same bytes.
 */

/** Bytes of one client of kafkajs that wait for the next large answer. Keeps one piece, the largest. */
export class SpareBytes {
  #spare: Buffer | undefined;

  /** Of at least so many bytes. */
  take(size: number): Buffer {
    const spare = this.#spare;
    if (spare === undefined || spare.length < size)
      return Buffer.allocUnsafeSlow(Math.ceil(size / stepBytes) * stepBytes);
    this.#spare = undefined;
    return spare;
  }

  giveBack(bytes: Buffer): void {
    if (bytes.length > maxSpareBytes || bytes.length <= (this.#spare?.length ?? 0)) return;
    this.#spare = bytes;
  }
}

/** Smaller answers have bytes of their own, and leave the spare ones to fetches. */
const largeBytes = 64 * 1024;
/** So that an answer a little larger than the last one still fits. */
const stepBytes = 1024 * 1024;
/** Above the most that a pump asks for; a single record may make an answer larger. */
const maxSpareBytes = 16 * 1024 * 1024;

/**
 * The use of a large answer's bytes. Whoever is given a part of it begins one and ends it once, when nothing of the part is
 * looked at any more; after the last end the next answer is written over it. A part that is never ended keeps the bytes
 * from that, and leaves them to the collector.
 */
export class AnswerUse {
  readonly #bytes: Buffer;
  readonly #spare: SpareBytes;
  #parts = 0;

  constructor(bytes: Buffer, spare: SpareBytes) {
    this.#bytes = bytes;
    this.#spare = spare;
  }

  begin(): void {
    this.#parts += 1;
  }

  end(): void {
    if (this.#parts === 0) return;
    this.#parts -= 1;
    if (this.#parts === 0) this.#spare.giveBack(this.#bytes);
  }
}

const uses = new WeakMap<ArrayBufferLike, AnswerUse>();

/** Of the answer that these bytes are a part of; undefined where they are not used again. */
export function useOf(bytes: Buffer): AnswerUse | undefined {
  return uses.get(bytes.buffer);
}

/** An answer begins with its length, which does not count itself (https://kafka.apache.org/protocol#protocol_common). */
const lengthBytes = 4;
/** What is received while nobody knows how long the answer is: many small ones at once. */
const firstBytes = 64 * 1024;

/** More is no answer of a broker: a fetch asks for 10 MiB, and a record may be some times as large. */
const maxAnswerBytes = 256 * 1024 * 1024;

/** Cuts what a socket receives into whole answers; for `onread` of `net.connect` and `tls.connect`. */
export class AnswerReader {
  readonly #spare: SpareBytes;
  readonly #onAnswer: (answer: Buffer) => void;
  readonly #first = Buffer.allocUnsafeSlow(firstBytes);
  /** Of `#first`. */
  #filled = 0;
  /** The answer that is being received. */
  #answer: Buffer | undefined;
  /** Of `#answer`. */
  #received = 0;

  /** `onAnswer` is given each answer, its length included. */
  constructor(spare: SpareBytes, onAnswer: (answer: Buffer) => void) {
    this.#spare = spare;
    this.#onAnswer = onAnswer;
  }

  /** Where the socket is to write next. */
  next(): Buffer {
    return this.#answer?.subarray(this.#received) ?? this.#first.subarray(this.#filled);
  }

  /** So many bytes are there. Throws a RangeError where what comes is no answer of a broker. */
  take(count: number): void {
    if (this.#answer !== undefined) this.#received += count;
    else this.#begin(this.#filled + count);
    if (this.#answer === undefined || this.#received < this.#answer.length) return;
    const answer = this.#answer;
    this.#answer = undefined;
    this.#onAnswer(answer);
  }

  /** Gives out the answers that stand whole in the first bytes, and makes room for the one that does not. */
  #begin(filled: number): void {
    let at = 0;
    while (filled - at >= lengthBytes) {
      const size = lengthBytes + this.#first.readInt32BE(at);
      if (size < lengthBytes || size > maxAnswerBytes)
        throw new RangeError(`what came is no answer of Kafka: it would have ${size} bytes`);
      const end = Math.min(at + size, filled);
      const answer = this.#room(size);
      this.#first.copy(answer, 0, at, end);
      if (end < at + size) {
        this.#answer = answer;
        this.#received = end - at;
        this.#filled = 0;
        return;
      }
      at = end;
      this.#onAnswer(answer);
    }
    this.#first.copy(this.#first, 0, at, filled);
    this.#filled = filled - at;
  }

  #room(size: number): Buffer {
    if (size < largeBytes) return Buffer.allocUnsafe(size);
    const bytes = this.#spare.take(size);
    uses.set(bytes.buffer, new AnswerUse(bytes, this.#spare));
    return bytes.subarray(0, size);
  }
}
