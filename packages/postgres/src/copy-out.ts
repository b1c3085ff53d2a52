import { type ClientBase, Query } from 'pg';

/**
 * What one `COPY (…) TO STDOUT` answers, as bytes. The text has its values in it: COPY takes no parameters. Of rows beyond
 * `maxBytes` nothing is kept, but the first one is whatever its size.
 *
 * Not by pg-copy-streams: its stream never tells the driver that it has ended, so the driver's timeout comes after an
 * answer that was complete, as an error that nobody listens for.
 */
export async function copyOut(client: ClientBase, text: string, maxBytes: number): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    const query = new CopyOutQuery(text, maxBytes, (error) => {
      if (error) reject(error);
      else resolve(query.bytes());
    });
    client.query(query);
  });
}

const firstBytes = 64 * 1024;

/** The driver's query, which passes over the bytes of a copy. */
class CopyOutQuery extends Query {
  readonly #maxBytes: number;
  #bytes = Buffer.allocUnsafe(firstBytes);
  #end = 0;
  #isCut = false;

  constructor(text: string, maxBytes: number, callback: (error: Error | undefined) => void) {
    super(text, callback);
    this.#maxBytes = maxBytes;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  /** Called by the driver, for each row. The chunk is a view of a buffer that it uses again. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    const end = this.#end + chunk.length;
    // A smaller row behind one that did not fit does not overtake it.
    this.#isCut ||= end > this.#maxBytes && this.#end > 0;
    if (this.#isCut) return;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#end);
    this.#end = end;
  }
}
