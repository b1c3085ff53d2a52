import { setTimeout as delay } from 'node:timers/promises';

import { connectionLimits, readWork, type Work, workTable } from '@trunkline/connections';
import { backoffMs, classify, settledWithin } from '@trunkline/core';
import { claimWork, type Database, releaseLease } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

export interface RunnerOptions {
  readonly database: Database;
  /** Of this process: names its leases. */
  readonly owner: string;
  readonly run: (work: Work) => Promise<void>;
  readonly log: Logger;
}

/** Takes work that is due or asked for, a few at a time. Any number of processes may run one. */
export interface Runner {
  start(): void;
  /** Takes no more, and waits for what it has. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

/** Of what failed for a reason that is not the connection's. */
const pauseMs = 10_000;
const awayMs = 10_000;

export function createRunner({ database, owner, run, log }: RunnerOptions): Runner {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;

  async function claim(): Promise<Work | undefined> {
    return await database.transaction(
      [],
      async (tx) => {
        const lease = await claimWork(tx, workTable, { owner, leaseMs: connectionLimits.leaseMs });
        return lease === undefined ? undefined : await readWork(tx, lease);
      },
      { signal },
    );
  }

  async function attend(work: Work): Promise<void> {
    try {
      await run(work);
    } catch (thrown) {
      if (signal.aborted) return;
      const { code, message } = classify(thrown);
      log.warn(
        { event: 'connections.work_failed', of: work.of, code, reason: message },
        'work failed, and is done again',
      );
      // Its lease runs out by itself where the database is away.
      await database
        .transaction([], (tx) => releaseLease(tx, workTable, { lease: work.lease, pauseMs }))
        .catch(() => undefined);
    }
  }

  async function look(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      let waitMs: number = connectionLimits.lookMs;
      try {
        while (running.size < connectionLimits.running) {
          const work = await claim();
          if (work === undefined) break;
          const attended = attend(work);
          running.add(attended);
          attended.finally(() => running.delete(attended)).catch(() => undefined);
        }
        failures = 0;
      } catch (thrown) {
        if (signal.aborted) return;
        waitMs = backoffMs(failures, { firstMs: connectionLimits.lookMs, lastMs: awayMs });
        const { code, message } = classify(thrown);
        if (failures === 0) log.warn({ event: 'connections.waiting', code, reason: message }, 'cannot look for work');
        failures += 1;
      }
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    start() {
      looking ??= look();
    },
    async stop({ deadlineMs }) {
      stopping.abort();
      await settledWithin(Promise.all([looking, ...running]), deadlineMs);
    },
  };
}
