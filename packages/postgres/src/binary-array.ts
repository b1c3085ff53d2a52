import { storable } from './storable.ts';

/**
 * Arrays as Postgres reads them in their binary form (array_recv of
 * https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/arrayfuncs.c): a buffer is a parameter
 * that the driver sends as it is. As text each byte would be two digits and each quote of a JSON two characters, which are
 * written, quoted and read again: of a body of 1.4 KB that costs this process twice as much, and the server ten times.
 */

/** Of the types in every database (pg_type.dat). */
const oids = { bytea: 17, text: 25, json: 114, uuid: 2950 } as const;

const intBytes = 4;
const headerInts = 5;
const nullLength = -1;
const uuidBytes = 16;

export function byteaArray(items: readonly (Buffer | null)[]): Buffer {
  let bytes = 0;
  for (const item of items) bytes += item?.length ?? 0;
  const array = arrayOf(oids.bytea, items.length, bytes);
  let at = headerInts * intBytes;
  for (const item of items) {
    at = array.writeInt32BE(item?.length ?? nullLength, at);
    if (item !== null) at += item.copy(array, at);
  }
  return array;
}

/** Texts as Postgres can hold them. */
export function textArray(items: readonly string[]): Buffer {
  return arrayOfTexts(oids.text, items.map(storable));
}

/** Of JSON texts as `jsonText` makes them. */
export function jsonArray(items: readonly string[]): Buffer {
  return arrayOfTexts(oids.json, items);
}

/** Throws a TypeError at what is no uuid. */
export function uuidArray(items: readonly string[]): Buffer {
  const array = arrayOf(oids.uuid, items.length, items.length * uuidBytes);
  let at = headerInts * intBytes;
  for (const item of items) {
    const digits = item.replaceAll('-', '');
    const start = array.writeInt32BE(uuidBytes, at);
    at = start + array.write(digits, start, 'hex');
    // Writing ends at what is no digit, and where there is no room.
    if (at !== start + uuidBytes || digits.length !== 2 * uuidBytes) throw new TypeError(`${item} is no uuid`);
  }
  return array;
}

function arrayOfTexts(oid: number, texts: readonly string[]): Buffer {
  let bytes = 0;
  for (const text of texts) bytes += Buffer.byteLength(text);
  const array = arrayOf(oid, texts.length, bytes);
  let at = headerInts * intBytes;
  for (const text of texts) {
    const length = array.write(text, at + intBytes);
    array.writeInt32BE(length, at);
    at += intBytes + length;
  }
  return array;
}

/** With its header written: dimensions, whether there may be a null, the type, how many items, the number of the first. */
function arrayOf(oid: number, count: number, bytes: number): Buffer {
  const array = Buffer.allocUnsafe((headerInts + count) * intBytes + bytes);
  let at = 0;
  for (const int of [1, 1, oid, count, 1]) at = array.writeInt32BE(int, at);
  return array;
}
