import { journalLimits } from '../limits.ts';

/** What stands in a column for a value that somebody else made up, so that no record is without a row because of one. */

/** Cut to the limit, and without NUL, which no text of Postgres holds. */
export function keptText(text: string | undefined, mostUnits: number = journalLimits.textUnits): string | undefined {
  if (text === undefined) return undefined;
  const cut = text.length > mostUnits ? text.slice(0, mostUnits) : text;
  return cut.includes('\0') ? cut.replaceAll('\0', '') : cut;
}

/** Beyond these a number of milliseconds is no time of Postgres or of a person. */
const firstTimeMs = -62_135_596_800_000;
const lastTimeMs = 253_402_300_799_999;

export function nearestTime(epochMs: number): number;
export function nearestTime(epochMs: number | undefined): number | undefined;
export function nearestTime(epochMs: number | undefined): number | undefined {
  return epochMs === undefined ? undefined : nearest(epochMs, firstTimeMs, lastTimeMs);
}

/** The 32 hex digits of an id, with or without a prefix of four characters as ids have it. */
export function idDigits(id: string | undefined): string | undefined {
  return id === undefined || id.length === 32 ? id : id.slice(4);
}

const int4 = { least: -2_147_483_648, most: 2_147_483_647 } as const;

export function nearestInteger(value: number): number {
  return nearest(value, int4.least, int4.most);
}

const int2Most = 32_767;

export function nearestSmall(value: number): number {
  return nearest(value, 0, int2Most);
}

function nearest(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.trunc(value)));
}
