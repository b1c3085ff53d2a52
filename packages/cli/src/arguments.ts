import { InvalidArgumentError, Option } from 'commander';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500ms`, `30s`, `15m`, `1h`, `7d` as milliseconds. */
export function durationArgument(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Give a number and a unit: 500ms, 30s, 15m, 1h, 7d.');
  // The pattern admits only the keys of unitMs.
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}

/** The same of what is waited for: a timer of Node that is told more than 24.8 days (2³¹ ms) goes off at once. */
export function waitArgument(text: string): number {
  const ms = durationArgument(text);
  if (ms > unitMs.d) throw new InvalidArgumentError('Give a time of at most 1d.');
  return ms;
}

/** A time that people give as an age or as a date. */
export type Moment = { readonly agoMs: number } | { readonly atMs: number };

/** `2h` (so long ago) or an instant in ISO 8601. */
export function momentArgument(text: string): Moment {
  if (!/^\d{1,9}[a-z]/.test(text)) return { atMs: timeArgument(text) };
  const agoMs = durationArgument(text);
  if (agoMs > longestAgoMs) throw new InvalidArgumentError('Give an age of at most 36500d, or a time.');
  return { agoMs };
}

/** An option that takes a moment, and stands at an age such as `24h` unless given. */
export function momentOption(flags: string, description: string, age: string): Option {
  return new Option(flags, description).argParser(momentArgument).default(momentArgument(age), age);
}

/** A hundred years: what is much longer ago has no date in a calendar of a program. */
const longestAgoMs = 36_500 * unitMs.d;

/** The moment as epoch milliseconds. */
export function momentMs(moment: Moment, nowMs: number): number {
  return 'agoMs' in moment ? nowMs - moment.agoMs : moment.atMs;
}

/** A parser of whole numbers between two limits. */
export function countArgument(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,9}$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** `50` or `50/s`: records per second, at most `most`. */
export function rateArgument(most: number): (text: string) => number {
  const count = countArgument(1, most);
  return (text) => count(text.endsWith('/s') ? text.slice(0, -2) : text);
}

/** An http or https address; its trailing slash is dropped. */
export function urlArgument(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError('Give an address with http:// or https://.');
  }
  return text.replace(/\/+$/, '');
}

/** Collects an option that may be given several times. */
export function collectArgument(text: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), ...text.split(',').filter((part) => part !== '')];
}

/** The options of a source, as JSON; what is in them is the provider's to check. */
export function optionsArgument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(`Give JSON, such as '{"scheme":"hmac","header":"X-Signature"}'.`);
  }
}

/** A date, or a date and a time of day. `Date.parse` takes more: `7` is July 2001 to it, and February 31 is in March. */
const isoTime = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/i;

/** An instant in ISO 8601 as epoch milliseconds. */
export function timeArgument(text: string): number {
  const day = isoTime.exec(text)?.[1] ?? '';
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || !isDay(day)) throw new InvalidArgumentError('Give a time such as 2025-01-31T12:00:00Z.');
  return ms;
}

function isDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}
