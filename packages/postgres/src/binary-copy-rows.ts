/**
 * Rows for `COPY … FROM STDIN (FORMAT binary)` (https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS),
 * written column by column into one growing buffer: what a column is has to be what its method says. Nothing becomes a
 * text that Postgres would read again: for a row of times, ids and numbers that is half of the work on both sides.
 *
 * Undefined is NULL. Throws a RangeError or a TypeError at what the type cannot hold.
 */
export class BinaryCopyRows {
  readonly #columns: number;
  #bytes = Buffer.allocUnsafe(firstBytes);
  #view = viewOf(this.#bytes);
  #at = 0;

  constructor(columns: number) {
    this.#columns = columns;
    // Eleven bytes, flags, length of an extension; neither is in use.
    this.#at = this.#bytes.write('PGCOPY\n\xff\r\n\0', 'latin1');
    this.#int4(0);
    this.#int4(0);
  }

  /** Begins a row: one call for each of its columns follows. */
  beginRow(): void {
    this.#reserve(0);
    this.#view.setInt16(this.#at, this.#columns);
    this.#at += 2;
  }

  smallint(value: number | undefined): void {
    if (value === undefined) return this.#null();
    if ((value << 16) >> 16 !== value) throw new RangeError(`${value} is no smallint`);
    this.#int4(2);
    this.#view.setInt16(this.#at, value);
    this.#at += 2;
  }

  integer(value: number | undefined): void {
    if (value === undefined) return this.#null();
    if ((value | 0) !== value) throw new RangeError(`${value} is no integer of 32 bits`);
    this.#int4(4);
    this.#int4(value);
  }

  bigint(value: number | bigint | undefined): void {
    if (value === undefined) return this.#null();
    this.#int4(8);
    this.#int8(value);
  }

  /** A timestamptz by its epoch milliseconds. */
  time(epochMs: number | undefined): void {
    if (epochMs === undefined) return this.#null();
    const ms = epochMs - firstMsOfPostgres;
    // From 2285 on, the microseconds are more than a number can count.
    this.bigint(Number.isSafeInteger(ms * 1_000) ? ms * 1_000 : BigInt(ms) * 1_000n);
  }

  /** By its 32 hex digits. */
  uuid(hex: string | undefined): void {
    if (hex === undefined) return this.#null();
    this.#int4(uuidBytes);
    const written = this.#bytes.write(hex, this.#at, uuidBytes, 'hex');
    // Writing ends at what is no digit.
    if (written !== uuidBytes || hex.length !== 2 * uuidBytes)
      throw new TypeError(`${hex} is no uuid of 32 hex digits`);
    this.#at += uuidBytes;
  }

  boolean(value: boolean | undefined): void {
    if (value === undefined) return this.#null();
    this.#int4(1);
    this.#bytes[this.#at] = value ? 1 : 0;
    this.#at += 1;
  }

  /** A lone surrogate is written as U+FFFD; Postgres refuses a NUL. */
  text(value: string | undefined): void {
    if (value === undefined) return this.#null();
    this.#reserve(value.length * mostBytesOfUnit);
    const length = this.#bytes.write(value, this.#at + 4);
    this.#int4(length);
    this.#at += length;
  }

  /** A bigint[]. */
  bigints(values: readonly number[]): void {
    this.#reserve(values.length * 12);
    this.#int4(20 + values.length * 12);
    // Dimensions, whether there may be a null, the type, how many items, the number of the first.
    for (const int of [1, 0, bigintOid, values.length, 1]) this.#int4(int);
    for (const value of values) this.bigint(value);
  }

  /** All rows, as they are copied. Nothing can be added afterwards. */
  end(): Buffer {
    this.#reserve(0);
    this.#view.setInt16(this.#at, -1);
    return this.#bytes.subarray(0, this.#at + 2);
  }

  #null(): void {
    this.#int4(-1);
  }

  #int4(value: number): void {
    this.#view.setInt32(this.#at, value);
    this.#at += 4;
  }

  #int8(value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.#view.setBigInt64(this.#at, value);
      this.#at += 8;
      return;
    }
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number`);
    // Each half takes of a number what is left of it by 2^32.
    this.#int4(Math.floor(value / 2 ** 32));
    this.#int4(value);
  }

  /** Room for so many bytes beside what the columns of fixed sizes of a row take. */
  #reserve(bytes: number): void {
    const needed = this.#at + bytes + (this.#columns + 1) * mostBytesOfFixed;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

const firstBytes = 16 * 1024;
const uuidBytes = 16;
/** A uuid behind its length; no other type of one size takes more, and the head of an array as much again. */
const mostBytesOfFixed = 24;
/** In UTF-8, of a unit of UTF-16. */
const mostBytesOfUnit = 3;
/** 2000-01-01, which Postgres counts from. */
const firstMsOfPostgres = 946_684_800_000;
/** https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/catalog/pg_type.dat */
const bigintOid = 20;

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
