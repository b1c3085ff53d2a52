import { type ExactJson, ExactNumber, type Occurred } from '@trunkline/events';

import { notFound } from './outcome.ts';

/**
 * Readers of times, in epoch milliseconds; undefined means that the value names no instant in the expected form. Whoever
 * gets undefined for a value that is there says so: a time that cannot be read is `partial`, never silently estimated.
 */

/** The end of the year 9999; beyond it a number is no time, and its milliseconds would not be exact for long. */
const lastMillisecond = 253_402_300_799_999;

/**
 * From here on a number counts milliseconds, below it seconds: 10^11 seconds are the year 5138, 10^11 milliseconds are
 * March 1973. So one is never taken for the other. Microseconds begin a thousand times higher.
 */
const leastMilliseconds = 100_000_000_000;

/** Whole seconds since 1970, as a number or its digits. */
export function readSeconds(value: ExactJson | undefined): number | undefined {
  const seconds = wholeCount(value);
  return seconds !== undefined && seconds < leastMilliseconds ? seconds * 1000 : undefined;
}

/** Whole milliseconds since 1970, as a number or its digits. */
export function readMilliseconds(value: ExactJson | undefined): number | undefined {
  const at = wholeCount(value);
  return at !== undefined && at >= leastMilliseconds && at <= lastMillisecond ? at : undefined;
}

/** Whole microseconds since 1970, as a number or its digits; cut to milliseconds, as everywhere. */
export function readMicroseconds(value: ExactJson | undefined): number | undefined {
  const count = wholeCount(value);
  return count !== undefined && count >= leastMilliseconds * 1000 ? believable(Math.floor(count / 1000)) : undefined;
}

/**
 * Seconds since 1970 with a fraction ("1770146798.123456", a number or a text), cut and not rounded: a rounded time could
 * be later than the next one.
 */
export function readDecimalSeconds(value: ExactJson | undefined): number | undefined {
  const match = /^(\d{1,11})(?:\.(\d{1,20}))?$/.exec(textOf(value) ?? '');
  if (match === null) return undefined;
  const [, seconds = '', fraction = ''] = match;
  return believable(Number(seconds) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0')));
}

const isoTime =
  /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(?:([Zz]|UTC)|([+-]\d\d)(?::?(\d\d))?)?$/;

/**
 * ISO 8601 with date, time and offset (`Z`, `+01:00`, `+0100`, `+01`), a blank for the T and no seconds included. Without
 * an offset a text names no instant: whose clock it was is not known.
 */
export function readInstant(value: ExactJson | undefined): number | undefined {
  return isoInstant(value, undefined);
}

/** The same for a provider that documents its times as UTC and writes some without an offset. */
export function readUtc(value: ExactJson | undefined): number | undefined {
  return isoInstant(value, 'Z');
}

function isoInstant(value: ExactJson | undefined, zoneOfNone: 'Z' | undefined): number | undefined {
  const match = typeof value === 'string' ? isoTime.exec(value) : null;
  if (match === null) return undefined;
  const [, day = '', time = '', seconds = '00', fraction = '', utc, hours, minutes = '00'] = match;
  const offset = utc === undefined && hours !== undefined ? `${hours}:${minutes}` : (utc && 'Z') || zoneOfNone;
  return offset === undefined ? undefined : instantOf(day, `${time}:${seconds}.${fraction.slice(0, 3)}`, offset);
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const mailTime =
  /^(?:[a-z]{3}, ?)?(\d{1,2}) ([a-z]{3}) (\d{4}) (\d\d:\d\d)(?::(\d\d))? (?:([a-z]{1,3})|([+-]\d\d)(\d\d))$/;

/** Zones that mails name (RFC 5322 §4.3), by their hours from UTC; any other name says nothing. */
const zones: ReadonlyMap<string, string> = new Map([
  ...['gmt', 'utc', 'ut', 'z'].map((name) => [name, 'Z'] as const),
  ...['edt', 'est', 'cst', 'mst', 'pst'].map((name, index) => [name, `-0${index + 4}:00`] as const),
  ...['cdt', 'mdt', 'pdt'].map((name, index) => [name, `-0${index + 5}:00`] as const),
]);

/** A comment behind the date, `(UTC)`: senders of mail write the name of the zone there (RFC 5322 §3.3). */
const comment = / \([^()\\]{0,64}\)$/;

/** Longer than any date with its comment. */
const maxMailTimeLength = 200;

/** A date of RFC 2822: `Mon, 02 Mar 2026 10:15:30 +0000`; in mails with more blanks, names of zones and comments. */
export function readRfc2822(value: ExactJson | undefined): number | undefined {
  if (typeof value !== 'string' || value.length > maxMailTimeLength) return undefined;
  const text = value.trim().replaceAll(/\s+/g, ' ').replace(comment, '').toLowerCase();
  const match = mailTime.exec(text);
  if (match === null) return undefined;
  const [, day = '', month = '', year = '', time = '', seconds = '00', zone, hours = '', minutes = ''] = match;
  const offset = zone === undefined ? `${hours}:${minutes}` : zones.get(zone);
  const monthNumber = String(months.indexOf(month) + 1).padStart(2, '0'); // an unknown month is 00, which is no date
  const date = `${year}-${monthNumber}-${day.padStart(2, '0')}`;
  return offset === undefined ? undefined : instantOf(date, `${time}:${seconds}`, offset);
}

/** When a fact was, and what is wrong with what says so. */
export interface TimeOfFact {
  readonly occurred: Occurred;
  readonly flaws: readonly string[];
}

/** The time of a fact whose provider always tells one: without it, or where it cannot be read, that is a flaw. */
export function timeOfFact(
  value: ExactJson | undefined,
  read: (value: ExactJson) => number | undefined,
  name: string,
): TimeOfFact {
  const at = value === undefined ? undefined : read(value);
  return { occurred: occurredAt(at), flaws: at === undefined ? notFound([name]) : [] };
}

/** A time as a draft has it; estimated where there is none. */
export function occurredAt(at: number | undefined): Occurred {
  return at === undefined ? { estimated: true } : { at, estimated: false };
}

function textOf(value: ExactJson | undefined): string | undefined {
  const text = value instanceof ExactNumber ? value.text : value;
  return typeof text === 'string' ? text : undefined;
}

/** A whole number that is not negative, exactly. */
function wholeCount(value: ExactJson | undefined): number | undefined {
  const text = textOf(value);
  if (text === undefined || !/^\d{1,16}(?:\.0+)?$/.test(text)) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : undefined;
}

function believable(at: number): number | undefined {
  return at <= lastMillisecond ? at : undefined;
}

function instantOf(day: string, time: string, offset: string): number | undefined {
  const at = Date.parse(`${day}T${time.replace(/\.$/, '')}${offset}`);
  // Date.parse takes 31 February for 3 March: a day that does not exist is no date.
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const exists = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
  return Number.isNaN(at) || !exists || at < 0 ? undefined : at;
}
