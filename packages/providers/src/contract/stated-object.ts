import {
  canonicalText,
  capJson,
  capText,
  type ExactJson,
  ExactNumber,
  isExactObject,
  maxIdLength,
  type PayloadOf,
  type StatedFieldOf,
  type StatedTopic,
  type Statement,
  stating,
  textLimit,
} from '@trunkline/events';

import { member, wholeNumber } from './json-body.ts';

/** A value in the form of a record; undefined when it is not of the documented form. Null never gets here. */
export type Read<V> = (value: ExactJson) => V | undefined;

/**
 * What one object of a provider states about an entity, collected field by field: a member that is there is stated,
 * null included; one that is absent is not; one that does not read is left unstated and its path remembered.
 */
export class Snapshot<T extends StatedTopic> {
  readonly #topic: T;
  readonly #object: ExactJson | undefined;
  readonly #stated: Map<string, unknown> = new Map();
  readonly #unreadable: Set<string> = new Set();

  constructor(topic: T, object: ExactJson | undefined) {
    this.#topic = topic;
    this.#object = object;
  }

  /** `path` is a member name, or several joined by dots; a null on the way is the null at its end. */
  read<F extends StatedFieldOf<T>>(field: F, path: string, read: Read<PayloadOf<T>[F]>): this {
    const value = this.#at(path);
    if (value === undefined) return this;
    const result = value === null ? null : read(value);
    if (result === undefined) this.flaw(path);
    else this.#stated.set(field, result);
    return this;
  }

  /** Free text with the field that says whether it is whole. */
  text(
    field: StatedFieldOf<T>,
    truncated: StatedFieldOf<T>,
    at: { readonly path: string; readonly limit: number },
  ): this {
    return this.#pair(field, truncated, at.path, (value) =>
      typeof value === 'string' ? capText(value, at.limit) : undefined,
    );
  }

  /** An object as canonical JSON text, with the field that says whether it was left out as too long. */
  json(field: StatedFieldOf<T>, truncated: StatedFieldOf<T>, path: string): this {
    return this.#pair(field, truncated, path, (value) =>
      isExactObject(value) ? capJson(canonicalText(value)) : undefined,
    );
  }

  /** States what is known without reading it. */
  set<F extends StatedFieldOf<T>>(field: F, value: PayloadOf<T>[F]): this {
    this.#stated.set(field, value);
    return this;
  }

  flaw(path: string): void {
    this.#unreadable.add(path);
  }

  /** Paths whose value is not what the provider documents. */
  get unreadable(): readonly string[] {
    return [...this.#unreadable];
  }

  statement(aside: Partial<PayloadOf<T>> = {}): Statement<T> {
    // `read` and `set` took every value as one of its field.
    return stating(this.#topic, Object.fromEntries(this.#stated) as Partial<PayloadOf<T>>, aside);
  }

  #pair(
    field: string,
    truncatedField: string,
    ...[path, cap]: [path: string, cap: Read<{ readonly text: string | null; readonly truncated: boolean }>]
  ): this {
    const value = this.#at(path);
    if (value === undefined) return this;
    const capped = value === null || value === '' ? { text: null, truncated: false } : cap(value);
    if (capped === undefined) {
      this.flaw(path);
      return this;
    }
    this.#stated.set(field, capped.text);
    this.#stated.set(truncatedField, capped.truncated);
    return this;
  }

  #at(path: string): ExactJson | undefined {
    let value: ExactJson | undefined = this.#object;
    for (const name of path.split('.')) {
      if (value === null) return null;
      value = member(value, name);
    }
    return value;
  }
}

/** Text as it is; an empty one is none. */
export function readText(value: ExactJson): string | null | undefined {
  if (typeof value !== 'string') return undefined;
  return value === '' ? null : value;
}

/** A title: its end is cut off without a flag. */
export function readTitle(value: ExactJson): string | null | undefined {
  const text = readText(value);
  return typeof text === 'string' ? capText(text, textLimit.title).text : text;
}

/** The address of a page. The beginning of one leads nowhere, so a longer one is none. */
export function readAddress(value: ExactJson): string | null | undefined {
  const text = readText(value);
  return typeof text === 'string' && text.length > textLimit.reason ? null : text;
}

/** An id that is written as text or as a whole number, exactly as it is written. */
export function readId(value: ExactJson | undefined): string | undefined {
  const text = value instanceof ExactNumber && /^[0-9]+$/.test(value.text) ? value.text : value;
  return typeof text === 'string' && text !== '' && text.length <= maxIdLength ? text : undefined;
}

export function readBoolean(value: ExactJson): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** A whole number that an Avro int holds. */
export function readInt(value: ExactJson): number | undefined {
  const number = wholeNumber(value);
  return number !== undefined && Math.abs(number) < 2 ** 31 ? number : undefined;
}

const instant =
  /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;

/** An instant by RFC 3339, with its offset, as epoch milliseconds. */
export function readInstant(value: ExactJson | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const [, day] = instant.exec(value) ?? [];
  if (day === undefined || readDate(day) === undefined) return undefined;
  const at = Date.parse(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(at) ? undefined : at;
}

/** A day that the calendar has, YYYY-MM-DD. */
export function readDate(value: ExactJson | undefined): string | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return undefined;
  const at = Date.parse(`${value}T00:00:00Z`);
  // Date.parse takes February 30 for March 2.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value) ? value : undefined;
}
