/** What an answer of `COPY … (FORMAT binary)` begins with: eleven bytes, flags, length of an extension; none is in use. */
const headerBytes = 19;

/**
 * Reads an answer of `COPY … TO STDOUT (FORMAT binary)` field by field
 * (https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS), each as what its column is, null for NULL.
 * A field that only becomes a text or a number is never a Buffer before: of all there is to a row, those cost most.
 */
export class BinaryCopyReader {
  readonly #answer: Buffer;
  #at = headerBytes;
  /** Of the row. */
  #unread = 0;
  /** Where the field begins. */
  #begin = 0;
  #isCut = false;

  constructor(answer: Buffer) {
    this.#answer = answer;
  }

  /** Once nextRow() said false: it was the last row that is there, not the last one that Postgres wrote. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Passes over what is left of the row before; false behind the last row. */
  nextRow(): boolean {
    while (this.#unread > 0) this.#nextField();
    this.#isCut = this.#at === this.#answer.length;
    if (this.#isCut) return false;
    const fields = this.#answer.readInt16BE(this.#at);
    this.#at += 2;
    this.#unread = Math.max(fields, 0);
    return fields >= 0;
  }

  /** A view of the answer. */
  bytes(): Buffer | null {
    return this.#nextField() ? this.#answer.subarray(this.#begin, this.#at) : null;
  }

  text(): string | null {
    return this.#nextField() ? this.#answer.toString('utf8', this.#begin, this.#at) : null;
  }

  bigint(): number | null {
    return this.#nextField() ? Number(this.#answer.readBigInt64BE(this.#begin)) : null;
  }

  /** Where a row is stored (`ctid`), its six bytes as one number. */
  place(): number | null {
    return this.#nextField() ? this.#answer.readUIntBE(this.#begin, placeBytes) : null;
  }

  /** False when it is NULL. */
  #nextField(): boolean {
    if (this.#unread === 0) throw new RangeError('a row of the answer has fewer fields than are read of it');
    const size = this.#answer.readInt32BE(this.#at);
    this.#unread -= 1;
    this.#begin = this.#at + 4;
    this.#at = this.#begin + Math.max(size, 0);
    return size >= 0;
  }
}

const placeBytes = 6;

/** Of a place: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/catalog/pg_type.dat */
const placeOid = 27;

/** Places as the binary form of a one-dimensional `tid[]`, for a parameter. */
export function placeArray(places: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(20 + places.length * (4 + placeBytes));
  bytes.writeInt32BE(1, 0); // dimensions
  bytes.writeInt32BE(0, 4); // no nulls
  bytes.writeInt32BE(placeOid, 8);
  bytes.writeInt32BE(places.length, 12);
  bytes.writeInt32BE(1, 16); // the first index
  let at = 20;
  for (const place of places) at = bytes.writeUIntBE(place, bytes.writeInt32BE(placeBytes, at), placeBytes);
  return bytes;
}
