import {
  type ExactDocument,
  exactInteger,
  type ExactJson,
  type ExactObject,
  isExactObject,
  parseExact,
} from '@trunkline/events';

import { withoutByteOrderMark } from './byte-order-mark.ts';

export type JsonBody =
  | { readonly readable: true; readonly value: ExactJson }
  | { readonly readable: false; readonly reason: string };

export type JsonDocument =
  | { readonly readable: true; readonly document: ExactDocument }
  | { readonly readable: false; readonly reason: string };

// fatal: a replaced byte would change an id. ignoreBOM: one mark is taken off before, a second is refused as JSON.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The body as JSON, with exact numbers. Never throws; the reason never quotes the body. */
export function readJsonBody(body: Uint8Array): JsonBody {
  const read = readJsonDocument(body);
  if (!read.readable) return read;
  const { document } = read;
  // Two members of one name have no agreed meaning: another reader may have seen the other one.
  if (document.hasDuplicateMembers(document.value)) {
    return { readable: false, reason: 'the body names a member twice' };
  }
  return { readable: true, value: document.value };
}

/** The same for a body whose items are judged one by one: members named twice are the caller's to notice. */
export function readJsonDocument(body: Uint8Array): JsonDocument {
  let text: string;
  try {
    text = utf8.decode(withoutByteOrderMark(body));
  } catch {
    return { readable: false, reason: 'the body is not UTF-8' };
  }
  try {
    return { readable: true, document: parseExact(text) };
  } catch (error) {
    return { readable: false, reason: error instanceof Error ? error.message : 'the body is not JSON' };
  }
}

/** A member of a JSON object; undefined where it is absent or the value is no object. */
export function member(value: ExactJson | undefined, name: string): ExactJson | undefined {
  return isExactObject(value) ? value[name] : undefined;
}

export function objectMember(value: ExactJson | undefined, name: string): ExactObject | undefined {
  const found = member(value, name);
  return isExactObject(found) ? found : undefined;
}

/** A text member that is not empty. */
export function textMember(value: ExactJson | undefined, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The greatest number an Avro long of ours can hold (avsc stops one short of 2^53 - 1). */
const greatestLong = 2 ** 53 - 2;

/** A whole number that reaches the record exactly; undefined for anything else, fractions and greater ones included. */
export function wholeNumber(value: ExactJson | undefined): number | undefined {
  const number = exactInteger(value);
  if (number === undefined || Math.abs(number) > greatestLong) return undefined;
  return number === 0 ? 0 : number; // "-0" is JSON, and no amount
}
