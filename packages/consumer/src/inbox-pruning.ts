import { classify, type Clock } from '@trunkline/core';
import { type Database, pruneInbox } from '@trunkline/postgres';

import type { ConsumerLog } from './ports.ts';

/** Deletes inbox rows past their retention now and then. Any number of processes may do it at once. */
export interface InboxPruning {
  start(): void;
  stop(): Promise<void>;
}

export interface InboxPruningOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: ConsumerLog;
  readonly everyMs: number;
}

export function createInboxPruning({ database, clock, log, everyMs }: InboxPruningOptions): InboxPruning {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  async function prune(): Promise<void> {
    try {
      const rows = await pruneInbox(database, { nowMs: clock(), signal: stopping.signal });
      if (rows > 0) log.info({ event: 'inbox_pruned', rows }, 'inbox pruned');
    } catch (thrown) {
      // Rows that stay longer than they must do no harm; the next round takes them.
      const { code } = classify(thrown);
      if (!stopping.signal.aborted) log.warn({ event: 'inbox_prune_failed', code }, 'inbox not pruned');
    } finally {
      running = undefined;
    }
  }

  return {
    start(): void {
      // At once as well: where processes live shorter than that, nobody would ever prune.
      running ??= prune();
      timer = setInterval(() => {
        running ??= prune();
      }, everyMs);
    },
    async stop(): Promise<void> {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}
