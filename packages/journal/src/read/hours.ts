import type { Transaction } from '@trunkline/postgres';

import { Conditions } from './conditions.ts';
import type { EventFilter } from './events.ts';

export interface TimeRange {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Hours that are asked in one statement: what a day holds is read in half a second. */
const mostHoursAtOnce = 24;
const hourMs = 3_600_000;

/** How many hours of counts are read at a time, the newest first; then those of all that is left. */
const hoursAtATime = [2, 24] as const;

/**
 * The ranges that can hold a match, newest first: of the hours that have events of this source and type by the counts,
 * neighbours together. So a rare type is looked for in the hours it occurred in, however long the range is. Whoever has
 * found enough asks for no more: a week of many tenants has as many counts as it has events.
 */
export async function* matchingHours(tx: Transaction, filter: EventFilter): AsyncGenerator<TimeRange> {
  for (const part of partsOf(filter)) yield* await matchingHoursIn(tx, { ...filter, ...part });
}

/** The parts of a range, newest first, on full hours. */
function* partsOf({ sinceMs, untilMs }: TimeRange): Generator<TimeRange> {
  let endMs = untilMs;
  for (const hours of hoursAtATime) {
    const beginMs = (Math.ceil(endMs / hourMs) - hours) * hourMs;
    if (beginMs <= sinceMs) break;
    yield { sinceMs: beginMs, untilMs: endMs };
    endMs = beginMs;
  }
  yield { sinceMs, untilMs: endMs };
}

async function matchingHoursIn(tx: Transaction, filter: EventFilter): Promise<readonly TimeRange[]> {
  const where = new Conditions();
  where.addText(`kind = 'type'`);
  where.add('minute >= to_timestamp(?::double precision / 1000)', Math.floor(filter.sinceMs / hourMs) * hourMs);
  where.add('minute < to_timestamp(?::double precision / 1000)', filter.untilMs);
  if (filter.type !== undefined) where.add('name = ?', filter.type);
  if (filter.source !== undefined) where.add('source = ?', filter.source);
  const rows = await tx.query<{ readonly hour: string }>(
    `SELECT DISTINCT (extract(epoch FROM date_trunc('hour', minute)) * 1000)::bigint::text AS hour
     FROM journal.rollup WHERE ${where.sql}`,
    where.values,
  );
  const hours = rows.map(({ hour }) => Number(hour)).toSorted((a, b) => b - a);
  return joined(hours, filter);
}

/** One hour first, since most questions are about the newest; then as many as touch. */
function joined(hours: readonly number[], { sinceMs, untilMs }: TimeRange): readonly TimeRange[] {
  const ranges: { first: number; end: number; readonly most: number }[] = [];
  for (const hour of hours) {
    const last = ranges.at(-1);
    const isNext = last !== undefined && last.first === hour + hourMs && last.end - hour <= last.most * hourMs;
    if (isNext) last.first = hour;
    else ranges.push({ first: hour, end: hour + hourMs, most: ranges.length === 0 ? 1 : mostHoursAtOnce });
  }
  return ranges.map(({ first, end }) => ({ sinceMs: Math.max(first, sinceMs), untilMs: Math.min(end, untilMs) }));
}
