import { type ErrorCode, TrunklineError } from '@trunkline/core';
import type { EventCodec, RecordOf } from '@trunkline/events';
import type { IncomingRecord, OutgoingRecord } from '@trunkline/kafka';
import type { Transaction } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { onTestFinished, vi } from 'vitest';

import { applyEvents } from '../batch/apply.ts';
import type { BatchContext } from '../batch/batch-context.ts';
import { createBatchProcessor, type ProcessBatch } from '../batch/batch.ts';
import type { Attempt, Finish } from '../batch/report.ts';
import { createCopyPublisher } from '../failures/publish-copy.ts';
import { parseTiers } from '../failures/tiers.ts';
import { noFirstFilter } from '../first-filter/first-filter.ts';
import { handlerTable, type Via } from '../handler.ts';
import { defaultConsumerLimits } from '../limits.ts';
import { noOutbox } from '../outbox.ts';
import { createPause } from '../safety/pause.ts';
import { openGate } from '../safety/release-gate.ts';
import { createWatchdog } from '../safety/watchdog.ts';
import { noParkedGauge } from '../strict/parked-gauge.ts';
import { createMemoryPublisher, type MemoryPublisher } from './memory-publisher.ts';
import { applicable } from './records.ts';
import {
  createShop,
  createShopHandler,
  createTestCodec,
  incoming,
  published,
  type ShopHandler,
  shopRecord,
  type TestRegistry,
  type topic,
} from './test-group.ts';

type Event = RecordOf<typeof topic>;

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const limits = { ...defaultConsumerLimits, handlerDeadlineMs: 30_000, pauseStepMs: 100 };

/** The flow of a batch on a real Postgres, with Kafka and the registry in memory. */
export interface BatchHarness {
  readonly test: TestDatabase;
  readonly codec: EventCodec;
  readonly registry: TestRegistry;
  readonly publisher: MemoryPublisher;
  readonly shop: ShopHandler;
  /** Replace it to run with other parts. */
  context: BatchContext;
  readonly finished: readonly { readonly attempt: Attempt; readonly finish: Finish }[];
  /** Types of the events that no handler wanted. */
  readonly ignored: readonly string[];
  /** New parts and empty tables. */
  reset(): Promise<void>;
  close(): Promise<void>;
  process(via: Via): ProcessBatch;
  run(records: readonly (Event | IncomingRecord)[], via?: Via): Promise<void>;
  /** The part of a run that a kill would cut off: nobody is left to route the failure. */
  applyOnly(records: readonly IncomingRecord[]): Promise<void>;
  record(event: Event): IncomingRecord;
  /** The entities that had an effect, once for each effect, sorted. */
  effects(): Promise<readonly string[]>;
  outcomes(): Record<string, number>;
  topicsOfCopies(): Record<string, number>;
}

export async function openBatchHarness(adminUrl: string): Promise<BatchHarness> {
  const service = await createShop();
  const test = await createTestDatabase({ adminUrl, services: [service] });
  const harness: BatchHarness = {
    test,
    ...(await createParts(test)),
    async reset() {
      await test.empty('shop.effect', 'shop.inbox');
      Object.assign(harness, await createParts(test));
    },
    async close() {
      await test.drop();
      await service.remove();
    },
    process: (via) => createBatchProcessor(harness.context, via),
    async run(records, via = 'main') {
      const sources = records.map((entry) => ('metadata' in entry ? harness.record(entry) : entry));
      await harness.process(via)(sources, new AbortController().signal);
    },
    async applyOnly(records) {
      const { context, shop } = harness;
      const events = await Promise.all(
        records.map((entry) => context.codec.decode('payments.payment.v1', entry.value)),
      );
      const items = events.map((entry) => applicable(shop.handler, entry));
      await applyEvents(context.database, items, { deadlineMs: limits.handlerDeadlineMs });
    },
    record: (event) => incoming(published(harness.codec, event)),
    async effects() {
      const rows = await test.admin<{ readonly entity_id: string }>('SELECT entity_id FROM shop.effect');
      return rows.map((row) => row.entity_id).toSorted(byText);
    },
    outcomes: () => countBy(harness.finished, ({ finish }) => finish.outcome),
    topicsOfCopies: () => countBy(harness.publisher.published, (copy: OutgoingRecord) => copy.topic),
  };
  return harness;
}

type Parts = Pick<BatchHarness, 'codec' | 'registry' | 'publisher' | 'shop' | 'context' | 'finished' | 'ignored'>;

async function createParts(test: TestDatabase): Promise<Parts> {
  const { codec, registry } = await createTestCodec();
  const publisher = createMemoryPublisher();
  const shop = createShopHandler();
  const finished: { readonly attempt: Attempt; readonly finish: Finish }[] = [];
  const ignored: string[] = [];
  const pause = createPause({ maxStepMs: limits.pauseStepMs, clock: () => Date.now(), log });
  const context: BatchContext = {
    group: 'shop',
    handlers: handlerTable([shop.handler]),
    codec,
    database: test.open(),
    copies: createCopyPublisher({ publisher, pause, deadlineMs: 1_000 }),
    firstFilter: noFirstFilter,
    outbox: noOutbox,
    parkedGauge: noParkedGauge,
    tiers: parseTiers(['10s']),
    limits,
    pause,
    releaseGate: openGate,
    watchdog: createWatchdog(),
    clock: () => Date.now(),
    report: (attempt, finish) => {
      attempt.span.end();
      finished.push({ attempt, finish });
    },
    ignore: ({ consumed }) => ignored.push(consumed.type),
  };
  return { codec, registry, publisher, shop, context, finished, ignored };
}

/**
 * Misbehaviour: a handler that never ends, in no time of the machine's. From here to the end of the test deadlines pass
 * while it hangs and at no other moment, so that nothing else runs out of time. `onHang` is told of each run.
 */
export function hangUntilDeadline(
  handlerDeadlineMs: number,
  onHang: () => void = () => undefined,
): () => Promise<never> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  return () => {
    onHang();
    vi.advanceTimersByTime(handlerDeadlineMs);
    return new Promise(() => undefined);
  };
}

/** A misbehaviour: a statement that runs out of a time which no other one has. */
export async function sleepTooLong(_event: unknown, tx: Transaction): Promise<void> {
  await tx.query('SET LOCAL statement_timeout = 30');
  await tx.query('SELECT pg_sleep(5)');
}

/** A misbehaviour: no statement from there on waits long for somebody else's lock. */
export async function waitBriefly(_event: unknown, tx: Transaction): Promise<void> {
  if (waitingBriefly.has(tx)) return;
  waitingBriefly.add(tx);
  await tx.query('SET LOCAL lock_timeout = 30');
}

const waitingBriefly = new WeakSet<Transaction>();

/** A misbehaviour: throws an error of ours. */
export function fail(code: ErrorCode): () => never {
  return () => {
    throw new TrunklineError(code, 'the test says so');
  };
}

/** e0, e1, … as text sorts them. */
export function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `e${index}`).toSorted(byText);
}

export function entities(count: number): readonly Event[] {
  return Array.from({ length: count }, (_, index) => shopRecord(`e${index}`));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function countBy<T>(items: readonly T[], name: (item: T) => string): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(items, name)].map(([key, group]) => [key, group.length]));
}
