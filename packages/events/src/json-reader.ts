import { TrunklineError } from '@trunkline/core';

import { nameBetween } from './known-names.ts';

/**
 * A strict JSON reader (RFC 8259) for what providers send. It accepts and refuses the same texts as JSON.parse, and
 * differs where JSON.parse loses something that ids are made of:
 * - a number keeps its source text (JSON.parse reads …993 as …992, and 1.0 as 1);
 * - a member named twice is noticed (JSON.parse keeps the last);
 * - a lone surrogate is read as U+FFFD, which is what it becomes in UTF-8;
 * - nesting and the number of values are limited, so that a hostile text costs an error and not the stack or the heap.
 */

/** Real payloads nest about ten deep. Everything that walks a value may recurse this far. */
export const maxJsonDepth = 64;
/**
 * Values of any kind in one text. A value costs up to about 100 bytes of heap, so 25 MB at most; 1,000 items of
 * 100 members are 100,000.
 */
export const maxJsonValues = 250_000;

/** A number as it was written. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The nearest double: Infinity for 1e400, …992 for 9007199254740993. */
  get value(): number {
    return Number(this.text);
  }
}

export type ExactJson = null | boolean | string | ExactNumber | readonly ExactJson[] | ExactObject;
/** Only own members: `__proto__` and `constructor` are names like any other. */
export interface ExactObject {
  readonly [name: string]: ExactJson;
}

/** A text that was read. */
export interface ExactDocument {
  readonly value: ExactJson;
  /** Whether an object named a member twice, in the value given (one of this document) or anywhere inside it. */
  hasDuplicateMembers(value: ExactJson): boolean;
}

/** Reads one JSON text. Throws `payload_malformed` with the position, never with the text. */
export function parseExact(text: string): ExactDocument {
  const reader = new Reader(text.toWellFormed());
  const value = reader.document();
  const { duplicated } = reader;
  return {
    value,
    hasDuplicateMembers: (part) => typeof part === 'object' && part !== null && duplicated.has(part),
  };
}

/** Whether the value is an object, as opposed to an array, a number or null. */
export function isExactObject(value: ExactJson | undefined): value is ExactObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/**
 * The class behind every object read: its prototype chain ends at once, so nothing is inherited and `__proto__` is an
 * ordinary member, while the engine still gives it fast hidden classes (which Object.create(null) would not).
 */
class Members {
  [name: string]: ExactJson;
}
Object.setPrototypeOf(Members.prototype, null);
// Reflect, because deleting a class's own `constructor` is not an assignment TypeScript can express.
Reflect.deleteProperty(Members.prototype, 'constructor');

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;

class Reader {
  /** Objects that name a member twice, and everything around them. */
  readonly duplicated: Set<object> = new Set();
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): ExactJson {
    const value = this.#value();
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(): ExactJson {
    this.#skipBlanks();
    this.#values += 1;
    if (this.#values > maxJsonValues) throw this.#refused(`has more than ${maxJsonValues} values`);
    const unit = this.#text.charCodeAt(this.#at);
    switch (unit) {
      case quote:
        return this.#string();
      case 0x7b: // {
        return this.#object();
      case 0x5b: // [
        return this.#array();
      case 0x74: // t
        return this.#word('true', true);
      case 0x66: // f
        return this.#word('false', false);
      case 0x6e: // n
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(): ExactObject {
    this.#descend();
    const members = new Members();
    let duplicated = false;
    for (let first = true; !this.#closes(0x7d, first); first = false) {
      if (this.#text.charCodeAt(this.#at) !== quote) throw this.#unexpected();
      const name = this.#name();
      this.#skipBlanks();
      if (this.#text.charCodeAt(this.#at) !== colon) throw this.#unexpected();
      this.#at += 1;
      const value = this.#value();
      duplicated ||= name in members || this.#isDuplicated(value);
      members[name] = value;
    }
    if (duplicated) this.duplicated.add(members);
    return members;
  }

  #array(): readonly ExactJson[] {
    this.#descend();
    const items: ExactJson[] = [];
    let duplicated = false;
    for (let first = true; !this.#closes(0x5d, first); first = false) {
      const item = this.#value();
      duplicated ||= this.#isDuplicated(item);
      items.push(item);
    }
    if (duplicated) this.duplicated.add(items);
    return items;
  }

  #descend(): void {
    this.#depth += 1;
    if (this.#depth > maxJsonDepth) throw this.#refused(`nests deeper than ${maxJsonDepth}`);
    this.#at += 1;
  }

  /** Steps over the closing bracket (true), or over the comma before the next element (false). */
  #closes(bracket: number, first: boolean): boolean {
    this.#skipBlanks();
    const unit = this.#text.charCodeAt(this.#at);
    if (unit === bracket) {
      this.#at += 1;
      this.#depth -= 1;
      return true;
    }
    if (first) return false;
    if (unit !== comma) throw this.#unexpected();
    this.#at += 1;
    this.#skipBlanks();
    return false;
  }

  #isDuplicated(value: ExactJson): boolean {
    return this.duplicated.size > 0 && typeof value === 'object' && value !== null && this.duplicated.has(value);
  }

  #word<V extends boolean | null>(word: string, value: V): V {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected();
    this.#at += word.length;
    return value;
  }

  /** -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
  #number(): ExactNumber {
    const text = this.#text;
    const start = this.#at;
    if (text.charCodeAt(this.#at) === minus) this.#at += 1;
    if (text.charCodeAt(this.#at) === zero) this.#at += 1;
    else this.#digits();
    if (text.charCodeAt(this.#at) === 0x2e) {
      this.#at += 1;
      this.#digits();
    }
    const exponent = text.charCodeAt(this.#at);
    if (exponent === 0x65 || exponent === 0x45) {
      this.#at += 1;
      const sign = text.charCodeAt(this.#at);
      if (sign === 0x2b || sign === minus) this.#at += 1;
      this.#digits();
    }
    return new ExactNumber(text.slice(start, this.#at));
  }

  #digits(): void {
    const start = this.#at;
    const text = this.#text;
    let at = start;
    let unit = text.charCodeAt(at);
    while (unit >= zero && unit <= nine) {
      at += 1;
      unit = text.charCodeAt(at);
    }
    this.#at = at;
    if (at === start) throw this.#unexpected();
  }

  #name(): string {
    const start = this.#at + 1;
    const escaped = this.#skipString();
    const end = this.#at - 1;
    return escaped ? this.#unescaped(start, end) : nameBetween(this.#text, start, end);
  }

  #string(): string {
    const start = this.#at + 1;
    const escaped = this.#skipString();
    const end = this.#at - 1;
    return escaped ? this.#unescaped(start, end) : this.#text.slice(start, end);
  }

  /** Steps over a string; whether it has escapes. */
  #skipString(): boolean {
    const text = this.#text;
    let at = this.#at + 1;
    let escaped = false;
    for (;;) {
      const unit = text.charCodeAt(at);
      if (unit === quote) break;
      // NaN, the end of the text, is not >= 0x20 either.
      if (!(unit >= 0x20)) {
        this.#at = at;
        throw this.#unexpected();
      }
      if (unit === backslash) {
        escaped = true;
        at += 1;
      }
      at += 1;
    }
    this.#at = at + 1;
    return escaped;
  }

  #unescaped(start: number, end: number): string {
    const text = this.#text;
    let result = '';
    let from = start;
    for (let at = text.indexOf('\\', from); at !== -1 && at < end; at = text.indexOf('\\', from)) {
      result += text.slice(from, at);
      const letter = text.charAt(at + 1);
      const plain = escapes.get(letter);
      if (plain !== undefined) {
        result += plain;
        from = at + 2;
        continue;
      }
      const digits = text.slice(at + 2, at + 6);
      if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) {
        this.#at = at;
        throw this.#unexpected();
      }
      result += String.fromCharCode(Number.parseInt(digits, 16));
      from = at + 6;
    }
    return (result + text.slice(from, end)).toWellFormed();
  }

  #skipBlanks(): void {
    const text = this.#text;
    let at = this.#at;
    let unit = text.charCodeAt(at);
    if (unit > 0x20) return;
    while (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) {
      at += 1;
      unit = text.charCodeAt(at);
    }
    this.#at = at;
  }

  #unexpected(): TrunklineError {
    return this.#refused(this.#at >= this.#text.length ? 'ends too early' : `is not JSON at character ${this.#at}`);
  }

  #refused(why: string): TrunklineError {
    return new TrunklineError('payload_malformed', `the text ${why}`);
  }
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);
