import type { Database } from '@trunkline/postgres';

import { journalLimits } from '../limits.ts';

/** The days whose partitions are there, `YYYY-MM-DD`, UTC. */
export interface Days {
  /** Opens those that are not open yet, in transactions of their own. */
  ensure(days: Iterable<string>, signal?: AbortSignal): Promise<void>;
}

/** Days of one process: a few weeks of them when it starts on old topics. */
export function createDays(database: Database): Days {
  const open = new Set<string>();
  return {
    async ensure(days, signal) {
      for (const day of days) {
        if (open.has(day)) continue;
        await database.statement('SELECT journal.open_day($1::date)', [day], {
          signal,
          deadlineMs: journalLimits.insertDeadlineMs,
        });
        open.add(day);
      }
    },
  };
}

const dayMs = 86_400_000;

/** Days since 1970, UTC, as the partitions are. */
export function dayNumberOf(epochMs: number): number {
  return Math.floor(epochMs / dayMs);
}

/** `YYYY-MM-DD`. */
export function dayText(number: number): string {
  return new Date(number * dayMs).toISOString().slice(0, 10);
}

/** The suffix of a day's partitions. */
export function partitionSuffix(number: number): string {
  return dayText(number).replaceAll('-', '');
}
