import { classify } from '@trunkline/core';
import { forgetLetters, journalLimits } from '@trunkline/journal';
import type { Database } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

/** Keeps the partitions in order: opens the next day, drops what has passed its retention, summarises the indexes, folds the counts. */
export interface Upkeep {
  start(): void;
  stop(): Promise<void>;
}

const everyMs = 60_000;
const hourMs = 3_600_000;
/** What is appended late to an hour that was folded counts all the same. */
const foldAfterMs = hourMs;

export function createUpkeep({ database, log }: { readonly database: Database; readonly log: Logger }): Upkeep {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let foldedUntil: number | undefined;

  async function round(): Promise<void> {
    const { eventDays, rejectionDays, stepDays } = journalLimits;
    try {
      // Before midnight, so that nobody's batch waits for it then.
      await ask(`SELECT journal.open_day((now() AT TIME ZONE 'UTC')::date + 1)`);
      await ask('SELECT journal.drop_days($1, $2, $3)', [eventDays, rejectionDays, stepDays]);
      await ask('SELECT journal.summarise()');
      await foldHour();
      await forgetLetters(database, stopping.signal);
    } catch (thrown) {
      // The next round does it: an index without a summary is slow, and a day too many takes space.
      const { code, message } = classify(thrown);
      if (!stopping.signal.aborted) log.warn({ event: 'journal.upkeep_failed', code, reason: message }, 'no upkeep');
    } finally {
      running = undefined;
    }
  }

  /** Of each hour once, some time after it is over; one that passed while nobody ran keeps its rows. */
  async function foldHour(): Promise<void> {
    const until = Math.floor(Date.now() / hourMs) * hourMs - foldAfterMs;
    if (until === foldedUntil) return;
    await ask(
      'SELECT journal.fold_rollups(to_timestamp($1::double precision / 1000), to_timestamp($2::double precision / 1000))',
      [until - hourMs, until],
    );
    foldedUntil = until;
  }

  async function ask(sql: string, values: readonly unknown[] = []): Promise<void> {
    await database.statement(sql, values, { signal: stopping.signal });
  }

  return {
    start() {
      running ??= round();
      timer = setInterval(() => {
        running ??= round();
      }, everyMs);
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}
