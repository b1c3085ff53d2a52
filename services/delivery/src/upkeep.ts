import { type Backoff, classify, untilAnswers } from '@trunkline/core';
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
  const { signal } = stopping;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  async function round(): Promise<void> {
    try {
      await openDays();
      await database.statement('SELECT delivery.drop_days($1)', [deliveryLimits.keptDays], { signal });
    } catch (thrown) {
      const { code, message } = classify(thrown);
      if (!signal.aborted) log.warn({ event: 'delivery.upkeep_failed', code, reason: message }, 'no upkeep');
    } finally {
      running = undefined;
    }
  }

  async function openDays(): Promise<void> {
    await database.statement(
      `SELECT delivery.open_day((now() AT TIME ZONE 'UTC')::date + days) FROM generate_series(0, $1::integer) AS days`,
      [daysAhead],
      { signal },
    );
  }

  return {
    async start(asked) {
      await untilAnswers(openDays, {
        backoff,
        signal: AbortSignal.any([asked, signal]),
        onAway: ({ code, message }) =>
          log.warn({ event: 'delivery.waiting', code, reason: message }, 'Postgres is away; trying again'),
      });
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
