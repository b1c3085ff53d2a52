/** Postgres text and jsonb cannot hold U+0000, and one odd character must not cost the event; the archive keeps the original. */
export function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\u{fffd}') : text;
}

/** JSON text for a parameter of jsonb. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  // Next to none has one, and a replacer is asked for every member.
  return text.includes('\\u0000') ? JSON.stringify(value, (_name, part: unknown) => storableValue(part)) : text;
}

/** The parameters of a statement, texts and lists of texts as Postgres can hold them. */
export function storableValues(values: readonly unknown[]): unknown[] {
  return values.map((value) =>
    Array.isArray(value) ? value.map((item: unknown) => storableValue(item)) : storableValue(value),
  );
}

function storableValue(value: unknown): unknown {
  return typeof value === 'string' ? storable(value) : value;
}
