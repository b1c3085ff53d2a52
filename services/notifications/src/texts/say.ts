import { isOperatorTemplate, isTemplate } from '@trunkline/sources/directory';

import { de } from './de.ts';
import { en } from './en.ts';
import type { Texts } from './text.ts';

/** What a request fills a text with. */
export type Parameters = Readonly<Record<string, string | number | null | undefined>>;

/** What somebody is told. */
export interface Said {
  /** Of a mail. */
  readonly subject: string;
  readonly text: string;
}

/** The first one is for every language that is not here. */
export const languages = { en, de } as const satisfies Readonly<Record<string, Texts>>;

/** Undefined for a template that this build does not know. */
export function say(template: string, language: string, parameters: Parameters): Said | undefined {
  if (!isTemplate(template) && !isOperatorTemplate(template)) return undefined;
  const { texts, unknown } = textsIn(language);
  const { subject, lines } = texts[template];
  const words = wordsOf(parameters, language);
  const [news, ...more] = lines;
  const known = more.filter((line) => placeholdersOf(line).every((name) => words.has(name)));
  const filled = (text: string): string => fill(text, (name) => words.get(name) ?? unknown);
  return { subject: filled(subject), text: [news, ...known].map(filled).join('\n') };
}

/** Many messages as one: what is said of each is its subject. */
export function sayDigest({
  count,
  subjects,
  language,
}: {
  readonly count: number;
  readonly subjects: readonly string[];
  readonly language: string;
}): Said {
  const { digest } = textsIn(language);
  const more = count - subjects.length;
  const filled = (text: string): string => fill(text, (name) => String(name === 'count' ? count : more));
  const subject = filled(digest.subject);
  return { subject, text: [`${subject}:`, ...subjects, ...(more > 0 ? [filled(digest.more)] : [])].join('\n') };
}

export function placeholdersOf(text: string): readonly string[] {
  return [...text.matchAll(placeholder)].map(([, name = '']) => name);
}

const placeholder = /\{([A-Za-z]+)\}/g;

function fill(text: string, wordOf: (name: string) => string): string {
  return text.replaceAll(placeholder, (_, name: string) => wordOf(name));
}

function textsIn(language: string): Texts {
  const [tongue] = language.split('-');
  return Object.entries(languages).find(([name]) => name === tongue)?.[1] ?? en;
}

/** Line breaks of a value would be lines of the text. */
const breaks = /[\p{Cc}\u2028\u2029]+/gu;

/** Money and times as people read them; whatever is null is not known. */
function wordsOf(parameters: Parameters, language: string): ReadonlyMap<string, string> {
  const { amount, currency, ...others } = parameters;
  const words = new Map<string, string>();
  if (typeof amount === 'number' && typeof currency === 'string')
    words.set('amount', money(amount, currency, language));
  for (const [name, value] of Object.entries(others)) {
    if (value === null || value === undefined) continue;
    const text = name.endsWith('At') ? time(String(value), language) : String(value);
    words.set(name, text.replaceAll(breaks, ' ').trim());
  }
  return words;
}

/** Of minor units, as many as the currency has. */
function money(amount: number, currency: string, language: string): string {
  try {
    const format = new Intl.NumberFormat(language, { style: 'currency', currency: currency.toUpperCase() });
    return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
  } catch {
    // No currency that anybody knows: the figure alone would be a hundred times too much, or not.
    return `${amount} (${currency.replaceAll(breaks, ' ')})`;
  }
}

/** In UTC, and saying so. */
function time(text: string, language: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return text;
  return (
    new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(at) + ' UTC'
  );
}
