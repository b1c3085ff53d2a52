/**
 * A one-dimensional array of texts as Postgres reads it (https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO), the
 * same bytes that the driver would write. The driver looks at every element three times before it quotes it, and a batch
 * has twenty columns of five hundred.
 */
export function arrayLiteral(items: readonly (string | null)[]): string {
  let text = '{';
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (index > 0) text += ',';
    text += item === null || item === undefined ? 'NULL' : quoted(item);
  }
  return `${text}}`;
}

function quoted(item: string): string {
  return item.includes('"') || item.includes('\\') ? `"${item.replaceAll(/[\\"]/g, '\\$&')}"` : `"${item}"`;
}

/** The same for numbers of any kind, which need no quotes. */
export function numberArrayLiteral(items: readonly (number | bigint)[]): string {
  return `{${items.join(',')}}`;
}

/** Bytes as Postgres reads them (https://www.postgresql.org/docs/18/datatype-binary.html): also as an item of an array. */
export function byteaText(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`;
}
