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

/** The suffix of a day's partitions. */
export function partitionSuffix(day: string): string {
  return day.replaceAll('-', '');
}
