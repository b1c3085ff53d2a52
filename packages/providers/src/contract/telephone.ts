import type { ExactJson, OrderBy } from '@trunkline/events';

/**
 * Telephone numbers as records carry them: E.164 where the text is one by its form, else the text as it came (a short
 * code, a name, a national number). By form only: which country a national number belongs to is for who knows the user.
 */

export interface TelephoneForm {
  /** The provider documents international numbers that it writes without their plus (Vonage). */
  readonly withoutPlus?: boolean;
}

/** Longer than any number with its blanks and brackets. */
const maxWrittenLength = 64;

/** What people and programs write between digits: blanks, brackets, dots, slashes, hyphens, and marks of direction. */
const separators = /[\s()./\u00ad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060\u2066-\u2069-]/g;

/** The number in E.164 where the text is one, else the text. */
export function telephoneNumber(text: string, { withoutPlus = false }: TelephoneForm = {}): string {
  if (text.length > maxWrittenLength) return text;
  // "+44 (0)20 …": the 0 is for callers inside of the country.
  const written = text.trim().replace(/^tel:/i, '').replace('(0)', '');
  const number = written.replaceAll(separators, '');
  if (isE164(number)) return number;
  if (withoutPlus && /^[1-9][0-9]{7,14}$/.test(text)) return `+${text}`;
  return text;
}

/** For `SnapshotReader.state`; an empty text says that there is none. */
export function readTelephone(value: ExactJson): string | null | undefined {
  if (typeof value !== 'string') return undefined;
  return value.trim() === '' ? null : telephoneNumber(value);
}

/** The same for providers that write international numbers without a plus. */
export function readTelephoneWithoutPlus(value: ExactJson): string | null | undefined {
  if (typeof value !== 'string') return undefined;
  return value.trim() === '' ? null : telephoneNumber(value, { withoutPlus: true });
}

/** A telephone number in E.164, with its plus. */
export function isE164(text: string | undefined): text is string {
  return text !== undefined && /^\+[1-9][0-9]{6,14}$/.test(text);
}

/** Keeps the messages of two telephone numbers in order; undefined where one is no number, so the message stands alone. */
export function orderByNumbers(from: string | undefined, to: string | undefined): OrderBy | undefined {
  return isE164(from) && isE164(to) ? { by: 'personal', kind: 'pair', values: [from, to] } : undefined;
}
