/** What an item of an array may be; Postgres reads a number or a truth in quotes as well. */
type Item = string | number | bigint | boolean | null;

/**
 * A one-dimensional array as Postgres reads it (https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO), the
 * same bytes that the driver would write. The driver looks at every element three times before it quotes it, and a batch
 * has twenty columns of five hundred.
 */
export function arrayLiteral(items: readonly Item[]): string {
  if (items.length === 0) return '{}';
  // As nearly always: one text for all of them, and none for each that is garbage a moment later.
  if (items.every(isPlain)) return `{"${items.join('","')}"}`;
  return `{${items.map(quoted).join(',')}}`;
}

function isPlain(item: Item): boolean {
  return typeof item === 'string' ? !item.includes('"') && !item.includes('\\') : item !== null;
}

function quoted(item: Item): string {
  return item === null ? 'NULL' : `"${String(item).replaceAll(/[\\"]/g, '\\$&')}"`;
}

/** The same for numbers of any kind, which need no quotes. */
export function numberArrayLiteral(items: readonly (number | bigint)[]): string {
  return `{${items.join(',')}}`;
}

/** Bytes as Postgres reads them (https://www.postgresql.org/docs/18/datatype-binary.html): also as an item of an array. */
export function byteaText(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`;
}
