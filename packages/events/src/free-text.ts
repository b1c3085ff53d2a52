/**
 * How long free text of a record may be, in UTF-16 units; docs/records.md, "Sizes". A record must fit its topic, and a
 * field's doc names its limit, so a limit is never raised.
 */
export const textLimit = {
  /** What was said in a call. */
  transcript: 200_000,
  /** Messages, notes, values of properties; JSON text, too. */
  text: 65_536,
  /** Reasons and addresses of pages. */
  reason: 4_096,
  /** Titles and subjects. They have no flag: nobody counts on the end of a title. */
  title: 1_024,
} as const;

export interface CappedText {
  readonly text: string;
  /** Goes into the field's companion, `<field>Truncated`. */
  readonly truncated: boolean;
}

/** The text, or its beginning when it is longer than the limit. Never half of a character of two units. */
export function capText(text: string, limit: number): CappedText {
  if (text.length <= limit) return { text, truncated: false };
  const last = text.charCodeAt(limit - 1);
  const isHighSurrogate = last >= 0xd800 && last <= 0xdbff;
  return { text: text.slice(0, isHighSurrogate ? limit - 1 : limit), truncated: true };
}

export interface CappedJson {
  /** Null when it was left out: the beginning of JSON is no JSON. */
  readonly text: string | null;
  readonly truncated: boolean;
}

/** The JSON text, or nothing when it is longer than the limit. */
export function capJson(text: string, limit: number = textLimit.text): CappedJson {
  return text.length <= limit ? { text, truncated: false } : { text: null, truncated: true };
}
