import { type Backoff, createRounds, untilAnswers } from '@trunkline/core';
import type { Database } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import { deliveryLimits } from './limits.ts';

/** Keeps the days of messages and attempts: opens the next ones, drops what has passed its retention. */
export interface Upkeep {
  /** Resolves when the days are open that rows may be written to; waits for Postgres. */
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

const everyMs = 60_000;
const backoff: Backoff = { firstMs: 200, lastMs: 2_000 };
/** As long as Postgres may be away before a row finds no day. */
const daysAhead = 3;

export function createUpkeep({ database, log }: { readonly database: Database; readonly log: Logger }): Upkeep {
  const stopping = new AbortController();

  async function openDays(signal: AbortSignal): Promise<void> {
    await database.statement(
      `SELECT delivery.open_day((now() AT TIME ZONE 'UTC')::date + days) FROM generate_series(0, $1::integer) AS days`,
      [daysAhead],
      { signal },
    );
  }

  const rounds = createRounds({
    everyMs,
    async round(signal) {
      await openDays(signal);
      await database.statement('SELECT delivery.drop_days($1)', [deliveryLimits.keptDays], { signal });
    },
    onFailed: ({ code, message }) => log.warn({ event: 'delivery.upkeep_failed', code, reason: message }, 'no upkeep'),
  });

  return {
    async start(asked) {
      const signal = AbortSignal.any([asked, stopping.signal]);
      await untilAnswers(() => openDays(signal), {
        backoff,
        signal,
        onAway: ({ code, message }) =>
          log.warn({ event: 'delivery.waiting', code, reason: message }, 'Postgres is away; trying again'),
      });
      rounds.start();
    },
    async stop() {
      stopping.abort();
      await rounds.stop();
    },
  };
}
