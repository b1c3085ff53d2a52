import { isWithheld, logLimits, type LogFields, withheld } from './safe-fields.ts';

/** Said instead of where the members end: a value is more than this can write. */
export const notFlat = -1;

/**
 * Writes the fields of a line as members of JSON, `,"a":1,"b":"x"`, made safe as safeFields does, and returns where they
 * end; `notFlat` where a value is more than a text, a number, a boolean, null or a list of texts: pino writes that one.
 * Nearly all lines are of this kind, one for each delivery and each attempt, and they are written where they leave the
 * process from: as texts they are joined, measured, joined with others and encoded, which takes twice as long.
 *
 * Nothing is written beyond the end of `bytes`, and the end that is returned says how many would have been needed.
 */
export function writeMembers(bytes: Uint8Array, from: number, fields: LogFields): number {
  let at = from;
  for (const name in fields) {
    if (!Object.hasOwn(fields, name)) continue;
    const value = fields[name];
    if (value === undefined) continue;
    const member = memberOf(name);
    at = writeBytes(bytes, at, member.bytes);
    if (member.isWithheld) continue;
    at = writeValue(bytes, at, value);
    if (at === notFlat) return notFlat;
  }
  return at;
}

function writeValue(bytes: Uint8Array, at: number, value: unknown): number {
  switch (typeof value) {
    case 'string':
      return value.length > logLimits.textLength ? notFlat : writeText(bytes, at, value);
    case 'number':
      return writeNumber(bytes, at, value);
    case 'boolean':
      return writeAscii(bytes, at, String(value));
    case 'bigint':
      return writeAscii(bytes, at, `"${value}"`);
    case 'object':
      return value === null ? writeAscii(bytes, at, 'null') : writeList(bytes, at, value);
    case 'undefined':
    case 'function':
    case 'symbol':
      return notFlat;
  }
}

const bracket = { open: 0x5b, close: 0x5d } as const;
const comma = 0x2c;
const quote = 0x22;
const backslash = 0x5c;
const zero = 0x30;

function writeList(bytes: Uint8Array, from: number, value: object): number {
  if (!Array.isArray(value) || value.length > logLimits.arrayLength) return notFlat;
  let at = from;
  bytes[at++] = bracket.open;
  // Array.isArray makes it a list of any, which says less.
  for (const item of value as readonly unknown[]) {
    if (typeof item !== 'string' || item.length > logLimits.textLength) return notFlat;
    if (at > from + 1) bytes[at++] = comma;
    at = writeText(bytes, at, item);
  }
  bytes[at++] = bracket.close;
  return at;
}

/** A text as JSON: as it is between quotes, as nearly all are, or as JSON escapes it. */
export function writeText(bytes: Uint8Array, from: number, text: string): number {
  let at = from;
  bytes[at++] = quote;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit > 0x7e || unit === quote || unit === backslash)
      return writeBytes(bytes, from, Buffer.from(JSON.stringify(text)));
    bytes[at++] = unit;
  }
  bytes[at++] = quote;
  return at;
}

/** The greatest number whose digits are told apart by 32-bit arithmetic. */
const greatestSmall = 0x7fff_ffff;

function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  if (value >= 0 && value <= greatestSmall && Number.isInteger(value) && !Object.is(value, -0))
    return writeDigits(bytes, at, value);
  return writeAscii(bytes, at, Number.isFinite(value) ? String(value) : 'null');
}

function writeDigits(bytes: Uint8Array, from: number, value: number): number {
  let end = from + 1;
  for (let rest = value; rest > 9; rest = (rest / 10) | 0) end += 1;
  let rest = value;
  for (let at = end - 1; at >= from; at -= 1) {
    bytes[at] = zero + (rest % 10);
    rest = (rest / 10) | 0;
  }
  return end;
}

export function writeAscii(bytes: Uint8Array, from: number, text: string): number {
  for (let index = 0; index < text.length; index += 1) bytes[from + index] = text.charCodeAt(index);
  return from + text.length;
}

export function writeBytes(bytes: Uint8Array, from: number, source: Uint8Array): number {
  const end = from + source.length;
  // Asked of set() it would be an error.
  if (end <= bytes.length) bytes.set(source, from);
  return end;
}

interface Member {
  /** `,"name":`, and what stands in the place of a value that is withheld. */
  readonly bytes: Uint8Array;
  readonly isWithheld: boolean;
}

/** By name, remembered: lines have the same twenty names every time. */
const members = new Map<string, Member>();
const maxMembers = 1_000;

function memberOf(name: string): Member {
  const known = members.get(name);
  if (known !== undefined) return known;
  const hidden = isWithheld(name);
  const member = {
    bytes: Buffer.from(`,${JSON.stringify(name)}:${hidden ? JSON.stringify(withheld) : ''}`),
    isWithheld: hidden,
  };
  if (members.size < maxMembers) members.set(name, member);
  return member;
}
