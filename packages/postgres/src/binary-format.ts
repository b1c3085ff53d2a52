/** What an answer of `COPY … (FORMAT binary)` begins with: eleven bytes, flags, length of an extension; none is in use. */
const headerBytes = 19;
const endOfRows = -1;

/**
 * The fields of each row of a `COPY … TO STDOUT (FORMAT binary)`, null for NULL, as views of the answer
 * (https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS).
 */
export function* rowsOfBinaryCopy(bytes: Buffer): Generator<readonly (Buffer | null)[]> {
  for (let at = headerBytes, fields = bytes.readInt16BE(at); fields !== endOfRows; fields = bytes.readInt16BE(at)) {
    at += 2;
    const row: (Buffer | null)[] = [];
    for (let field = 0; field < fields; field += 1) {
      const size = bytes.readInt32BE(at);
      at += 4;
      row.push(size < 0 ? null : bytes.subarray(at, at + size));
      if (size > 0) at += size;
    }
    yield row;
  }
}

/** A one-dimensional array for a parameter, of elements in their binary form, by the oid of their type. */
export function binaryArray(elementOid: number, elements: readonly Buffer[]): Buffer {
  const bytes = Buffer.allocUnsafe(elements.reduce((size, { length }) => size + 4 + length, 20));
  bytes.writeInt32BE(1, 0); // dimensions
  bytes.writeInt32BE(0, 4); // no nulls
  bytes.writeInt32BE(elementOid, 8);
  bytes.writeInt32BE(elements.length, 12);
  bytes.writeInt32BE(1, 16); // the first index
  let at = 20;
  for (const element of elements) {
    at = bytes.writeInt32BE(element.length, at);
    at += element.copy(bytes, at);
  }
  return bytes;
}
