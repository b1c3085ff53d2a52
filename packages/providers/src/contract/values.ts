import { capJson, canonicalText, type ExactJson, ExactNumber, isExactObject } from '@trunkline/events';

import { wholeNumber } from './json-body.ts';

/** Readers of single values for `SnapshotReader.state`: undefined means that the value is not of the expected form. */

export function readText(value: ExactJson | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function readList(value: ExactJson | undefined): readonly ExactJson[] | undefined {
  // Array.isArray widens the items to any; this gives them their type back.
  return Array.isArray(value) ? (value as readonly ExactJson[]) : undefined;
}

/** An id: a text that is not empty, or a number as it was written. */
export function readId(value: ExactJson | undefined): string | undefined {
  if (value instanceof ExactNumber) return value.text;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function readFlag(value: ExactJson | undefined): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

export function readTexts(value: ExactJson | undefined): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((item) => typeof item === 'string');
  return texts.length === value.length ? texts : undefined;
}

/** A count: whole, not negative, and not beyond an Avro int. */
export function readCount(value: ExactJson | undefined): number | undefined {
  const number = wholeNumber(value);
  return number !== undefined && number >= 0 && number < 2 ** 31 ? number : undefined;
}

/** ISO 4217, upper case. */
export function readCurrency(value: ExactJson | undefined): string | undefined {
  return typeof value === 'string' && /^[a-z]{3}$/i.test(value) ? value.toUpperCase() : undefined;
}

/** An object as canonical text; undefined where it is none or longer than JSON text of a record may be. */
export function readAttributes(value: ExactJson | undefined): string | undefined {
  return isExactObject(value) ? (capJson(canonicalText(value)).text ?? undefined) : undefined;
}
