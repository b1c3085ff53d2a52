import { type Clock, createRounds, type Rounds } from '@trunkline/core';
import { type Database, pruneInbox } from '@trunkline/postgres';

import type { ConsumerLog } from './ports.ts';

export interface InboxPruningOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: ConsumerLog;
  readonly everyMs: number;
}

/** Deletes inbox rows past their retention now and then. Any number of processes may do it at once. */
export function createInboxPruning({ database, clock, log, everyMs }: InboxPruningOptions): Rounds {
  return createRounds({
    everyMs,
    async round(signal) {
      const rows = await pruneInbox(database, { nowMs: clock(), signal });
      if (rows > 0) log.info({ event: 'inbox_pruned', rows }, 'inbox pruned');
    },
    onFailed({ code }) {
      // Rows that stay longer than they must do no harm.
      log.warn({ event: 'inbox_prune_failed', code }, 'inbox not pruned');
    },
  });
}
