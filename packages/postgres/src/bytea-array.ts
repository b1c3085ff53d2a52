/**
 * An array of bytes as Postgres reads it in its binary form (array_recv of
 * https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/arrayfuncs.c): a buffer is a parameter
 * that the driver sends as it is. As text each byte would be two digits, which are written, quoted and read again: of a
 * body of 1.4 KB that costs this process twice as much, and the server ten times.
 */
export function byteaArray(items: readonly (Buffer | null)[]): Buffer {
  const bytes = items.reduce((sum, item) => sum + intBytes + (item?.length ?? 0), 0);
  const array = Buffer.allocUnsafe(headerInts * intBytes + bytes);
  // Dimensions, whether there may be a null, the type of the items, how many they are, and the number of the first.
  let at = 0;
  for (const int of [1, 1, byteaOid, items.length, 1]) at = array.writeInt32BE(int, at);
  for (const item of items) {
    at = array.writeInt32BE(item?.length ?? nullLength, at);
    if (item !== null) at += item.copy(array, at);
  }
  return array;
}

const intBytes = 4;
const headerInts = 5;
/** Of the type in every database (pg_type.dat). */
const byteaOid = 17;
const nullLength = -1;
