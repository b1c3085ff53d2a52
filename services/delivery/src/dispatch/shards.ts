import { randomUUID } from 'node:crypto';

import { classify, settledWithin, steadyClock } from '@trunkline/core';
import type { Database, Transaction } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import { deliveryLimits } from '../limits.ts';

export interface ShardsOptions {
  readonly database: Database;
  /** Of this process; one that starts again under it takes over at once. */
  readonly name: string;
  readonly log: Logger;
  /** Whether nothing of the shard is under way, so that it may be given away. */
  readonly isIdle: (shard: number) => boolean;
  readonly onChange: () => void;
  readonly times: LeaseTimes;
}

/** How long a process is believed to live, how often it says that it does, and when it stops to believe so itself. */
export interface LeaseTimes {
  readonly leaseMs: number;
  readonly renewEveryMs: number;
  readonly selfFenceMs: number;
}

export function leaseTimes(leaseMs: number): LeaseTimes {
  const { renewShare, selfFenceShare } = deliveryLimits;
  return {
    leaseMs,
    renewEveryMs: Math.round(leaseMs * renewShare),
    selfFenceMs: Math.round(leaseMs * selfFenceShare),
  };
}

/**
 * Which of the 256 shards of endpoints this process sends for. A process lives by its lease; shards whose owner does not
 * live are anybody's. All times are of the server's clock, and how long our own lease is good is measured by one that
 * nobody sets: a process that was frozen, or cut off, sends nothing when it wakes.
 */
export interface Shards {
  /** As whom it owns them, from start to end of this process. */
  readonly ownerId: string;
  /** Takes part from now on. */
  start(): void;
  owns(shard: number): boolean;
  /** Whether the lease is young enough to send under it. */
  isFresh(): boolean;
  count(): number;
  /** Gives all of them up, so that others need not wait for the lease to end. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

/** What came of a renewal. */
interface Part {
  readonly now: ReadonlySet<number>;
  /** When the first lease of another process ends; null where there is no other. */
  readonly othersEndInMs: number | null;
}

const shardCount = 256;

export function createShards(options: ShardsOptions): Shards {
  const { database, name, log, isIdle, onChange, times } = options;
  const id = randomUUID();
  const stopping = new AbortController();
  let owned: ReadonlySet<number> = new Set();
  /** Given away as soon as nothing of them is under way; nothing new is sent for them. */
  let leaving: ReadonlySet<number> = new Set();
  let renewedAtMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let renewing: Promise<void> | undefined;
  let soon: NodeJS.Timeout | undefined;
  let isAway = false;

  async function renew(): Promise<void> {
    const startedAtMs = steadyClock();
    try {
      const { now, othersEndInMs } = await database.transaction([], (tx) => takePart(tx), {
        signal: stopping.signal,
        // One that takes longer would be too late anyway.
        deadlineMs: times.renewEveryMs,
      });
      const wasFresh = startedAtMs - renewedAtMs < times.selfFenceMs;
      const changed = now.size !== owned.size || [...now].some((shard) => !owned.has(shard));
      renewedAtMs = startedAtMs;
      // Somebody is not heard of any more: what is free then waits for no turn of ours.
      if (othersEndInMs !== null && othersEndInMs < times.renewEveryMs && !stopping.signal.aborted) {
        clearTimeout(soon);
        soon = setTimeout(renewOnce, othersEndInMs + 1);
      }
      isAway = false;
      owned = now;
      if (changed) log.info({ event: 'delivery.shards', owned: owned.size }, 'endpoints are shared out');
      // Also while some leave: what is loaded of them is let go, so that they are idle.
      if (changed || !wasFresh || leaving.size > 0) onChange();
    } catch (thrown) {
      if (stopping.signal.aborted) return;
      const { code, message } = classify(thrown);
      if (!isAway)
        log.warn({ event: 'delivery.lease', code, reason: message }, 'the lease is not renewed; trying again');
      isAway = true;
    } finally {
      renewing = undefined;
    }
  }

  function renewOnce(): void {
    renewing ??= renew();
  }

  async function takePart(tx: Transaction): Promise<Part> {
    await tx.query(
      `INSERT INTO ${tx.schema}.dispatcher (dispatcher_id, name, lease_until)
       VALUES ($1::uuid, $2, clock_timestamp() + $3 * interval '1 millisecond')
       ON CONFLICT (dispatcher_id) DO UPDATE SET lease_until = excluded.lease_until`,
      [id, name, times.leaseMs],
    );
    // One of our own name is an earlier run of this process: there is never a second one at a time.
    await tx.query(
      `DELETE FROM ${tx.schema}.dispatcher WHERE dispatcher_id <> $1::uuid AND (lease_until < clock_timestamp() OR name = $2)`,
      [id, name],
    );
    const gone = [...leaving].filter(isIdle);
    if (gone.length > 0)
      await tx.query(
        `UPDATE ${tx.schema}.shard SET owner = NULL, epoch = epoch + 1 WHERE owner = $1::uuid AND shard = ANY ($2::smallint[])`,
        [id, gone],
      );
    const [count] = await tx.query<{ readonly living: number; readonly others_end_in_ms: number | null }>(
      `SELECT count(*)::integer AS living,
         extract(epoch FROM min(lease_until) FILTER (WHERE dispatcher_id <> $1::uuid) - clock_timestamp())::double precision * 1000
           AS others_end_in_ms FROM ${tx.schema}.dispatcher`,
      [id],
    );
    const othersEndInMs = count?.others_end_in_ms ?? null;
    const fair = Math.ceil(shardCount / Math.max(1, count?.living ?? 1));
    const rows = await tx.query<{ readonly shard: number }>(
      `SELECT shard FROM ${tx.schema}.shard WHERE owner = $1::uuid ORDER BY shard`,
      [id],
    );
    const mine = rows.map(({ shard }) => shard);
    leaving = new Set(mine.slice(fair));
    if (mine.length >= fair) return { now: new Set(mine), othersEndInMs };
    const taken = await tx.query<{ readonly shard: number }>(
      `UPDATE ${tx.schema}.shard SET owner = $1::uuid, epoch = epoch + 1 WHERE shard IN (
         SELECT s.shard FROM ${tx.schema}.shard s
         WHERE s.owner IS NULL OR NOT EXISTS (SELECT FROM ${tx.schema}.dispatcher d WHERE d.dispatcher_id = s.owner)
         ORDER BY s.shard LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING shard`,
      [id, fair - mine.length],
    );
    return { now: new Set([...mine, ...taken.map(({ shard }) => shard)]), othersEndInMs };
  }

  return {
    ownerId: id,
    start() {
      if (timer !== undefined) return;
      renewOnce();
      timer = setInterval(renewOnce, times.renewEveryMs);
    },
    owns: (shard) => owned.has(shard) && !leaving.has(shard),
    isFresh: () => steadyClock() - renewedAtMs < times.selfFenceMs,
    count: () => owned.size,
    async stop({ deadlineMs }) {
      clearInterval(timer);
      clearTimeout(soon);
      stopping.abort();
      if (renewing !== undefined) await settledWithin(renewing, deadlineMs);
      if (owned.size === 0) return;
      owned = new Set();
      // A process that cannot say it is waited for until its lease ends.
      await database
        .transaction(
          [],
          async (tx) => {
            await tx.query(`UPDATE ${tx.schema}.shard SET owner = NULL, epoch = epoch + 1 WHERE owner = $1::uuid`, [
              id,
            ]);
            await tx.query(`DELETE FROM ${tx.schema}.dispatcher WHERE dispatcher_id = $1::uuid`, [id]);
          },
          { deadlineMs },
        )
        .catch((error: unknown) => {
          log.warn(
            { event: 'delivery.lease', code: classify(error).code },
            'the lease is not given back; it ends by itself',
          );
        });
    },
  };
}
