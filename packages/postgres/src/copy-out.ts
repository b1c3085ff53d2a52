import { type ClientBase, Query } from 'pg';

/**
 * What one `COPY (…) TO STDOUT` answers, as bytes. The text has its values in it: COPY takes no parameters.
 *
 * Not by pg-copy-streams: its stream never tells the driver that it has ended, so the driver's timeout comes after an
 * answer that was complete, as an error that nobody listens for.
 */
export async function copyOut(client: ClientBase, text: string): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    const query = new CopyOutQuery(text, (error) => {
      if (error) reject(error);
      else resolve(query.bytes());
    });
    client.query(query);
  });
}

const firstBytes = 64 * 1024;

/** The driver's query, which passes over the bytes of a copy. */
class CopyOutQuery extends Query {
  #bytes = Buffer.allocUnsafe(firstBytes);
  #end = 0;

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  /** Called by the driver. The chunk is a view of a buffer that it uses again. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    const end = this.#end + chunk.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#end);
    this.#end = end;
  }
}
