import { setTimeout as delay } from 'node:timers/promises';

import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { backoffMs, classify, type Clock, settledWithin, steadyClock, type TrunklineError } from '@trunkline/core';
import type { Publisher } from '@trunkline/kafka';
import { type CopyBuffer, type Database, findWaitingShards, shardOf } from '@trunkline/postgres';

import { createBatchRows } from './batch-rows.ts';
import { createOutboxGauge } from './gauge.ts';
import { defaultRelayLimits, type RelayLimits } from './limits.ts';
import type { RelayLog, RelayMetrics } from './ports.ts';
import { createRefusedKeys } from './refused-keys.ts';
import { createShardGroups, type ShardGroup } from './shard-groups.ts';
import { createShardPlaces } from './shard-places.ts';
import { takeTurn } from './turn.ts';

export interface RelayOptions {
  /** Whose outbox it is. */
  readonly database: Database;
  /** Takes the topics of the outbox. */
  readonly publisher: Publisher;
  readonly log: RelayLog;
  readonly metrics: RelayMetrics;
  readonly limits?: Partial<RelayLimits>;
}

/**
 * Publishes the rows of one schema's outbox, at least once, those of one key in the order of their ids. Any number of
 * relays may work on one outbox.
 */
export interface Relay {
  start(): void;
  /** There may be rows: look now. For after a commit. */
  nudge(): void;
  /** Throws `overloaded` while as many rows wait as may. */
  refuseWhenFull(): void;
  /** Takes no more rows, waits for what is being published until the deadline; later it is undone, and published again. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

const firstAwayStepMs = 100;

export function createRelay({ database, publisher, log, metrics, ...options }: RelayOptions): Relay {
  const limits: RelayLimits = { ...defaultRelayLimits, ...options.limits };
  const gauge = createOutboxGauge({ database, clock: steadyClock, metrics, limits });
  const refused = createRefusedKeys({
    clock: steadyClock,
    holdMs: limits.relayRefusedMs,
    maxKeys: limits.relayRefusedKeys,
  });
  const grouping = createShardGroups({ refused, maxRows: limits.relayBatchRecords, workers: limits.relayWorkers });
  const batch = createBatchRows({ maxRows: limits.relayBatchRecords, maxBytes: limits.relayBatchBytes });
  const spare: CopyBuffer[] = [];
  const places = createShardPlaces();
  const trouble = createTrouble({ schema: database.schema, clock: steadyClock, log, everyMs: limits.relayLogEveryMs });
  const aborting = new AbortController();
  let stopping = false;
  let nudged = false;
  let wake: () => void = () => undefined;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    for (let failures = 0; !stopping;) {
      nudged = false;
      let waitMs = limits.relayIdleMs;
      try {
        await gauge.look(aborting.signal);
        const hasMore = await publishWaiting();
        trouble.over();
        failures = 0;
        if (hasMore) continue;
      } catch (thrown) {
        if (aborting.signal.aborted) return;
        trouble.is(classify(thrown));
        waitMs = backoffMs(failures, { firstMs: firstAwayStepMs, lastMs: limits.relayAwayStepMs });
        failures += 1;
      }
      await wait(waitMs, { untilNudged: failures === 0 });
    }
  }

  /** A turn for every shard in which rows wait. True when there may be more: look again at once. */
  async function publishWaiting(): Promise<boolean> {
    const found = await findWaitingShards(database, aborting.signal);
    // From another one each time: two relays that start at the same end would meet at every shard.
    const first = Math.floor(Math.random() * found.length);
    const groups = grouping.of([...found.slice(first), ...found.slice(0, first)]);
    let hasMore = false;
    const work = async (): Promise<void> => {
      for (const group of groups) {
        if (stopping) return;
        if (await turnOf(group)) hasMore = true;
      }
    };
    // All end before the loop goes on, also when one fails: nothing runs that nobody waits for.
    const ended = await Promise.allSettled(Array.from({ length: limits.relayWorkers }, work));
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
    return hasMore;
  }

  /** True when it has published, or has not looked for whatever else waits. */
  async function turnOf({ shards, withoutKeys }: ShardGroup): Promise<boolean> {
    const turns = shards.map((shard) => places.of(shard));
    const outcome = await takeTurn(
      { database, publisher, limits, spare, signal: aborting.signal },
      { shards: turns, withoutKeys, maxRows: batch.ask() },
    );
    if (outcome === undefined) return false;
    batch.found(outcome.read);
    grouping.found(outcome.published.length);
    for (const place of outcome.places) places.ended(place);
    for (const [topic, rows] of Map.groupBy(outcome.published, (row) => row.topic)) {
      metrics.count('outbox_published_total', { topic }, rows.length);
    }
    const [example] = outcome.refused;
    if (example !== undefined) {
      for (const [shard, rows] of Map.groupBy(outcome.refused, shardOf)) refused.add(shard, rows);
      trouble.refused({ records: outcome.refused.length, topic: example.topic, recordId: example.recordId });
    }
    return outcome.published.length > 0 || turns.some(({ goingOn }) => goingOn !== undefined);
  }

  async function wait(ms: number, { untilNudged }: { readonly untilNudged: boolean }): Promise<void> {
    if (stopping || (untilNudged && nudged)) return;
    const ended = new AbortController();
    wake = () => {
      if (stopping || untilNudged) ended.abort();
    };
    await delay(ms, undefined, { signal: ended.signal }).catch(() => undefined);
    wake = () => undefined;
  }

  return {
    start() {
      // Outside of any span: what is published belongs to the trace of its row, and not to whoever started us.
      running ??= context.with(ROOT_CONTEXT, run);
    },
    nudge() {
      nudged = true;
      wake();
    },
    refuseWhenFull: () => gauge.refuseWhenFull(),
    async stop({ deadlineMs }) {
      stopping = true;
      wake();
      if (running === undefined) return;
      if ((await settledWithin(running, deadlineMs)) === 'done') return;
      aborting.abort();
      await running;
    },
  };
}

interface Trouble {
  is(error: TrunklineError): void;
  over(): void;
  refused(what: { readonly records: number; readonly topic: string; readonly recordId: string }): void;
}

/** Says what keeps the relay from its work, once in a while. */
function createTrouble({
  schema,
  clock,
  log,
  everyMs,
}: {
  readonly schema: string;
  readonly clock: Clock;
  readonly log: RelayLog;
  readonly everyMs: number;
}): Trouble {
  let sinceMs: number | undefined;
  let awaySaidAtMs = -Infinity;
  let refusedSaidAtMs = -Infinity;
  return {
    is({ code, message }) {
      sinceMs ??= clock();
      if (clock() - awaySaidAtMs < everyMs) return;
      awaySaidAtMs = clock();
      log.warn({ event: 'relay_waits', schema, code, reason: message }, 'the outbox waits: a dependency is away');
    },
    over() {
      if (sinceMs === undefined) return;
      log.info({ event: 'relay_goes_on', schema, waitedMs: clock() - sinceMs }, 'the outbox is published again');
      sinceMs = undefined;
      awaySaidAtMs = -Infinity;
    },
    refused(what) {
      if (clock() - refusedSaidAtMs < everyMs) return;
      refusedSaidAtMs = clock();
      log.error(
        { event: 'relay_refused', schema, ...what },
        'ALERT: the broker refuses records of the outbox; they wait, and those of the same keys with them. See: trunkline topics apply',
      );
    },
  };
}
