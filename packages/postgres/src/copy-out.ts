import { type ClientBase, Query } from 'pg';

/**
 * What one `COPY (…) TO STDOUT` answers, as bytes in `into`. The text has its values in it: COPY takes no parameters.
 *
 * Not by pg-copy-streams: its stream never tells the driver that it has ended, so the driver's timeout comes after an
 * answer that was complete, as an error that nobody listens for.
 */
export async function copyOut(client: ClientBase, text: string, into: CopyBuffer): Promise<Buffer> {
  into.empty();
  return await new Promise((resolve, reject) => {
    const query = new CopyOutQuery(text, into, (error) => {
      if (error) reject(error);
      else resolve(into.bytes());
    });
    client.query(query);
  });
}

const firstBytes = 64 * 1024;
const nothing = Buffer.alloc(0);

/**
 * The memory of one answer after another: each is there until the next one is asked for. A buffer for every answer costs
 * more than the copying, because what lies outside of the heap makes V8 look through all of it so much more often.
 */
export class CopyBuffer {
  readonly #maxBytes: number;
  #bytes = nothing;
  #end = 0;
  #isCut = false;

  /** Of rows beyond `maxBytes` nothing is kept, but the first one of an answer is whatever its size. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** A view. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  empty(): void {
    // One row that was larger than all that is asked for is not what the next ones are like.
    if (this.#bytes.length > this.#maxBytes) this.#bytes = nothing;
    this.#end = 0;
    this.#isCut = false;
  }

  add(row: Buffer): void {
    const end = this.#end + row.length;
    // A smaller row behind one that did not fit does not overtake it.
    this.#isCut ||= end > this.#maxBytes && this.#end > 0;
    if (this.#isCut) return;
    if (end > this.#bytes.length) this.#grow(end);
    row.copy(this.#bytes, this.#end);
    this.#end = end;
  }

  #grow(atLeast: number): void {
    const wanted = Math.min(this.#maxBytes, Math.max(firstBytes, this.#bytes.length * 2));
    const larger = Buffer.allocUnsafeSlow(Math.max(atLeast, wanted));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}

/** The driver's query, which passes over the bytes of a copy. */
class CopyOutQuery extends Query {
  readonly #into: CopyBuffer;

  constructor(text: string, into: CopyBuffer, callback: (error: Error | undefined) => void) {
    super(text, callback);
    this.#into = into;
  }

  /** Called by the driver, for each row. The chunk is a view of a buffer that it uses again. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    this.#into.add(chunk);
  }
}
