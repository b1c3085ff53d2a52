import { createRounds, type Rounds } from '@trunkline/core';
import { forgetLetters, journalLimits } from '@trunkline/journal';
import type { Database } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

const everyMs = 60_000;
const hourMs = 3_600_000;
/** What is appended late to an hour that was folded counts all the same. */
const foldAfterMs = hourMs;

/** Keeps the partitions in order: opens the next day, drops what has passed its retention, summarises the indexes, folds the counts. */
export function createUpkeep({ database, log }: { readonly database: Database; readonly log: Logger }): Rounds {
  const { eventDays, rejectionDays, stepDays } = journalLimits;
  let foldedUntil: number | undefined;

  /** Of each hour once, some time after it is over; one that passed while nobody ran keeps its rows. */
  async function foldHour(ask: Ask): Promise<void> {
    const until = Math.floor(Date.now() / hourMs) * hourMs - foldAfterMs;
    if (until === foldedUntil) return;
    await ask(
      'SELECT journal.fold_rollups(to_timestamp($1::double precision / 1000), to_timestamp($2::double precision / 1000))',
      [until - hourMs, until],
    );
    foldedUntil = until;
  }

  return createRounds({
    everyMs,
    async round(signal) {
      const ask: Ask = async (sql, values = []) => {
        await database.statement(sql, values, { signal });
      };
      // Before midnight, so that nobody's batch waits for it then.
      await ask(`SELECT journal.open_day((now() AT TIME ZONE 'UTC')::date + 1)`);
      await ask('SELECT journal.drop_days($1, $2, $3)', [eventDays, rejectionDays, stepDays]);
      await ask('SELECT journal.summarise()');
      await foldHour(ask);
      await forgetLetters(database, signal);
    },
    onFailed({ code, message }) {
      // An index without a summary is slow, and a day too many takes space.
      log.warn({ event: 'journal.upkeep_failed', code, reason: message }, 'no upkeep');
    },
  });
}

type Ask = (sql: string, values?: readonly unknown[]) => Promise<void>;
