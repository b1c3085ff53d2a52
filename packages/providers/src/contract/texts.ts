import { canonicalText, capJson, capText, type ExactJson, isExactObject, textLimit } from '@trunkline/events';

/** Readers of texts for `SnapshotReader.state`: undefined means that the value is not of the expected form. */

/** Text in which an empty one means that there is none. */
export function readFilled(value: ExactJson): string | null | undefined {
  if (typeof value !== 'string') return undefined;
  return value === '' ? null : value;
}

/** A title: its end is cut off without a flag. */
export function readTitle(value: ExactJson): string | null | undefined {
  const text = readFilled(value);
  return typeof text === 'string' ? capText(text, textLimit.title).text : text;
}

/** The address of a page. The beginning of one leads nowhere, so a longer one is none. */
export function readAddress(value: ExactJson): string | null | undefined {
  const text = readFilled(value);
  return typeof text === 'string' && text.length > textLimit.reason ? null : text;
}

/** Free text as far as a record holds it; `isCut` with the same limit is its companion. */
export function textUpTo(limit: number): (value: ExactJson) => string | null | undefined {
  return (value) => {
    const text = readFilled(value);
    return typeof text === 'string' ? capText(text, limit).text : text;
  };
}

export function isCut(limit: number): (value: ExactJson) => boolean | undefined {
  return (value) => (typeof value === 'string' ? value.length > limit : undefined);
}

/** An object as canonical JSON text, null where a record cannot hold it; `isJsonLeftOut` is its companion. */
export function readJsonText(value: ExactJson): string | null | undefined {
  return isExactObject(value) ? capJson(canonicalText(value)).text : undefined;
}

export function isJsonLeftOut(value: ExactJson): boolean | undefined {
  return isExactObject(value) ? capJson(canonicalText(value)).truncated : undefined;
}

/** A day that the calendar has, YYYY-MM-DD. */
export function readDay(value: ExactJson | undefined): string | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return undefined;
  const at = Date.parse(`${value}T00:00:00Z`);
  // Date.parse takes February 30 for March 2.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value) ? value : undefined;
}
