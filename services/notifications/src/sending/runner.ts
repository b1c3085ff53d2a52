import { setTimeout as delay } from 'node:timers/promises';

import { backoffMs, classify, fairShare, settledWithin } from '@trunkline/core';
import { claimWork } from '@trunkline/postgres';

import { sendingLimits } from './limits.ts';
import { decidedTurns, turns } from './progress.ts';
import { runTurn, type Turn, type TurnOptions } from './run-turn.ts';

export interface SendRunnerOptions extends TurnOptions {
  /** Of this process: names its leases. */
  readonly owner: string;
}

/** Takes the messages whose turn has come, a few at a time. Any number of processes may run one. */
export interface SendRunner {
  start(): void;
  /** Takes no more and waits for the calls under way. What does not end in time is found by its lease. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

export function createSendRunner(options: SendRunnerOptions): SendRunner {
  const { database, owner, leaseMs, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  /** What is under way, and whose it is. */
  const running = new Map<Promise<void>, string>();
  let looking: Promise<void> | undefined;

  async function claim(): Promise<Turn | undefined> {
    return await database.transaction(
      [],
      async (tx) => {
        const free = { owner, leaseMs, values: [withTheirShare()] };
        const lease = (await claimWork(tx, turns, free)) ?? (await claimWork(tx, decidedTurns, free));
        if (lease === undefined) return undefined;
        const [row] = await tx.query<{ readonly tenantId: string }>(
          'SELECT tenant_id AS "tenantId" FROM notifications.turn WHERE request_id = $1::uuid',
          [lease.id],
        );
        return row === undefined ? undefined : { lease, tenantId: row.tenantId };
      },
      { signal },
    );
  }

  /** The tenants that have as many lanes as one may. */
  function withTheirShare(): readonly string[] {
    const lanes = new Map<string, number>();
    for (const tenant of running.values()) lanes.set(tenant, (lanes.get(tenant) ?? 0) + 1);
    const share = fairShare({ places: sendingLimits.lanes, kept: sendingLimits.keptLanes, parties: lanes.size });
    return [...lanes].flatMap(([tenant, count]) => (count >= share ? [tenant] : []));
  }

  function work(turn: Turn): void {
    // What fails is somebody's again when its lease has run out.
    const one = runTurn(turn, options)
      .catch((error: unknown) => report(error, 'a message was not moved on'))
      .finally(() => running.delete(one));
    running.set(one, turn.tenantId);
  }

  function report(error: unknown, what: string): void {
    const { code, message } = classify(error);
    log.warn({ event: 'notifications.waiting', code, reason: message }, what);
  }

  async function look(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      let waitMs: number = sendingLimits.lookMs;
      try {
        while (running.size < sendingLimits.lanes) {
          const turn = await claim();
          if (turn === undefined) break;
          work(turn);
        }
        failures = 0;
        // A lane that somebody may wait for is filled as soon as it is free; who has no share is looked for all the same.
        if (running.size >= sendingLimits.lanes || withTheirShare().length > 0) {
          const atMostMs = running.size >= sendingLimits.lanes ? sendingLimits.awayMs : sendingLimits.lookMs;
          await Promise.race([...running.keys(), waitFor(atMostMs, signal)]);
          continue;
        }
      } catch (error) {
        if (signal.aborted) return;
        waitMs = backoffMs(failures, { firstMs: sendingLimits.lookMs, lastMs: sendingLimits.awayMs });
        if (failures === 0) report(error, 'cannot look for messages');
        failures += 1;
      }
      await waitFor(waitMs, signal);
    }
  }

  return {
    start() {
      looking ??= look();
    },
    async stop({ deadlineMs }) {
      stopping.abort();
      await settledWithin(Promise.all([looking, ...running.keys()]), deadlineMs);
    },
  };
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
