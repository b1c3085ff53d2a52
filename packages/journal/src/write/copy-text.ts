import { journalLimits } from '../limits.ts';

/** The text format of COPY (Postgres, "COPY", File Formats): columns by tabs, rows by line feeds, null as \N. */

export type Value = string | number | bigint | undefined;

/** A row. Text columns have to come through `copyText`; numbers and uuids have nothing to escape. */
export function copyLine(values: readonly Value[]): string {
  let line = '';
  for (let index = 0; index < values.length; index += 1) line += (index === 0 ? '' : '\t') + (values[index] ?? '\\N');
  return line + '\n';
}

/** Escaped and cut to the limit. A NUL cannot stand in a text of Postgres, a lone surrogate is written as U+FFFD. */
export function copyText(text: string | undefined, mostUnits: number = journalLimits.textUnits): string | undefined {
  if (text === undefined) return undefined;
  const cut = text.length > mostUnits ? text.slice(0, mostUnits).toWellFormed() : text;
  return /[\\\t\n\r\0]/.test(cut) ? cut.replaceAll(/[\\\t\n\r\0]/g, (found) => escapes[found] ?? '') : cut;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '' };

/** Beyond these a number of milliseconds is no time of Postgres or of a person. */
const firstTimeMs = -62_135_596_800_000;
const lastTimeMs = 253_402_300_799_999;

/** Texts of seconds: a date is dear to format, and the times of a batch are of the same few seconds. */
const seconds = new Map<number, string>();
const secondsKept = 4_096;

export function copyTime(epochMs: number | undefined): string | undefined {
  if (epochMs === undefined) return undefined;
  const ms = Math.min(lastTimeMs, Math.max(firstTimeMs, Math.trunc(epochMs)));
  const second = Math.floor(ms / 1_000);
  const rest = ms - second * 1_000;
  return textOfSecond(second) + (rest < 10 ? '00' : rest < 100 ? '0' : '') + rest + 'Z';
}

/** Up to the point before the fraction. */
function textOfSecond(second: number): string {
  const known = seconds.get(second);
  if (known !== undefined) return known;
  const text = new Date(second * 1_000).toISOString().slice(0, -4);
  if (seconds.size >= secondsKept) seconds.clear();
  seconds.set(second, text);
  return text;
}

/** 32 hex digits, with or without a prefix of four characters as ids have it. Postgres reads a uuid without its dashes. */
export function copyUuid(hex: string | undefined): string | undefined {
  return hex === undefined || hex.length === 32 ? hex : hex.slice(4);
}

const int4 = { least: -2_147_483_648, most: 2_147_483_647 } as const;

/** Held to the range of an integer column. */
export function copyInteger(value: number): number {
  return Math.min(int4.most, Math.max(int4.least, Math.trunc(value)));
}

const int2Most = 32_767;

export function copySmall(value: number): number {
  return Math.min(int2Most, Math.max(0, Math.trunc(value)));
}
