import { ExactNumber, type ExactJson, isExactObject } from './json-reader.ts';

/**
 * The canonical text of a JSON value, equal in every language: no blanks, members sorted by the UTF-8 bytes of their
 * names, numbers as they were written, strings with the shortest escapes (`\b \t \n \f \r \" \\`, other controls as
 * `\u00xx` in lower case, nothing else escaped). Recurses at most `maxJsonDepth`.
 */
export function canonicalText(value: ExactJson): string {
  if (value === null || typeof value === 'boolean') return String(value);
  // Values that were read are well formed, and for those JSON.stringify escapes exactly the above.
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof ExactNumber) return value.text;
  if (isExactObject(value)) return canonicalObject(value, Object.keys(value));
  return `[${value.map(canonicalText).join(',')}]`;
}

/**
 * The canonical text of an item without its volatile members (the time of sending, the attempt): what basis `hash`
 * makes an id from. Only members of the item itself can be named.
 */
export function canonicalItem(item: ExactJson, volatileMembers: readonly string[]): string {
  if (!isExactObject(item)) return canonicalText(item);
  return canonicalObject(
    item,
    Object.keys(item).filter((name) => !volatileMembers.includes(name)),
  );
}

/**
 * A value as a part of an event id: strings decoded and otherwise as they are, numbers as written, null or absent as
 * the empty text, objects and arrays as canonical text.
 */
export function idText(value: ExactJson | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : canonicalText(value);
}

/** The number, if it is a whole one that a JavaScript number holds exactly; undefined for everything else. */
export function exactInteger(value: ExactJson | undefined): number | undefined {
  if (!(value instanceof ExactNumber)) return undefined;
  const number = value.value;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Order of UTF-8 bytes. It differs from JavaScript's order where a surrogate meets a character from U+E000 on. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const unitA = a.charCodeAt(index);
    const unitB = b.charCodeAt(index);
    if (unitA !== unitB) return rankInUtf8(unitA) - rankInUtf8(unitB);
  }
  return a.length - b.length;
}

function canonicalObject(value: { readonly [name: string]: ExactJson }, names: string[]): string {
  const members = names
    .sort(compareUtf8)
    .map((name) => `${JSON.stringify(name)}:${canonicalText(value[name] ?? null)}`);
  return `{${members.join(',')}}`;
}

/** Surrogates stand for characters beyond U+FFFF, so they sort after every other unit. */
function rankInUtf8(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit;
}
