import { armFailpoints, TrunklineError } from '@trunkline/core';
import type { EventCodec } from '@trunkline/events';
import { type IncomingRecord, type OutgoingRecord, redriveTopic } from '@trunkline/kafka';
import type { Transaction } from '@trunkline/postgres';
import { createTestDatabase, createTestService, type TestDatabase } from '@trunkline/postgres/testing';

import type { BatchContext } from '../batch/batch-context.ts';
import { createBatchProcessor } from '../batch/batch.ts';
import { createCopyPublisher } from '../failures/publish-copy.ts';
import { parseTiers } from '../failures/tiers.ts';
import { noFirstFilter } from '../first-filter/first-filter.ts';
import { type BatchOutcome, type ConsumedEvent, defineHandler, handlerTable, type Via } from '../handler.ts';
import { type ConsumerLimits, defaultConsumerLimits } from '../limits.ts';
import { noOutbox } from '../outbox.ts';
import { createPause } from '../safety/pause.ts';
import { openGate } from '../safety/release-gate.ts';
import { createWatchdog } from '../safety/watchdog.ts';
import type { OnDead } from '../strict/ordering.ts';
import { createParkedGauge } from '../strict/parked-gauge.ts';
import { createReleaser } from '../strict/releaser.ts';
import { createMemoryPublisher, type MemoryPublisher } from './memory-publisher.ts';
import { createTestCodec, incoming, published, shopRecord, type Topic, topic } from './test-group.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** How an event fails: so many runs, or each. */
export type Failure = number | 'always';

/** A partition of events that are kept in order by key, and members of the group, on a real Postgres. Time is the test's. */
export interface StrictHarness {
  readonly test: TestDatabase;
  readonly publisher: MemoryPublisher;
  nowMs: number;
  /** Empty tables, nothing published, a time. */
  reset(): Promise<void>;
  close(): Promise<void>;
  /** The record of the n-th event of a key; the same each time it is asked for. */
  record(key: string, n: number): IncomingRecord;
  /** Makes runs of the event fail; undefined mends it. */
  fail(key: string, n: number, failure: Failure | undefined): void;
  /** A batch of a member's pump. Rejects where the process would have ended. */
  deliver(records: readonly IncomingRecord[], via?: Via): Promise<void>;
  /** A round of a member's releaser. */
  release(): Promise<void>;
  /** What was applied, in the order of the effects, as `key/n`. */
  applied(): Promise<readonly string[]>;
  /** What is on the dead-letter topic, as `key/n`, with its code. */
  letters(): readonly { readonly event: string; readonly code: string; readonly copy: OutgoingRecord }[];
  /** As the command line sends it back. */
  redriven(copy: OutgoingRecord): IncomingRecord;
  keys(): Promise<readonly KeyRow[]>;
}

export interface KeyRow {
  readonly record_key: string;
  readonly state: string;
  readonly code: string;
  readonly waiting: number;
  /** The id of what is tried or was dead-lettered, without its prefix. */
  readonly head: string | null;
}

export async function openStrictHarness(options: {
  readonly adminUrl: string;
  readonly onDead: OnDead;
  readonly limits?: Partial<ConsumerLimits>;
}): Promise<StrictHarness> {
  const service = await createTestService('shop', {
    '001-effect.sql': `
      CREATE TABLE shop.effect (place bigint GENERATED ALWAYS AS IDENTITY, tenant_id text NOT NULL, event text NOT NULL);
      SELECT trunkline.isolate_tenants('shop.effect');`,
  });
  const test = await createTestDatabase({ adminUrl: options.adminUrl, services: [service] });
  const database = test.open();
  const { codec } = await createTestCodec();
  const limits = { ...defaultConsumerLimits, pauseStepMs: 50, ...options.limits };
  const failures = new Map<string, Failure>();
  const records = new Map<string, IncomingRecord>();
  let publisher = createMemoryPublisher();
  const pause = createPause({ maxStepMs: limits.pauseStepMs, clock: () => Date.now(), log });

  async function handleBatch(events: readonly ConsumedEvent<Topic>[], tx: Transaction): Promise<BatchOutcome> {
    const names = events.map(({ record }) => record.metadata.providerEventId ?? '');
    for (const name of names) failIfToldTo(failures, name);
    await tx.query(`INSERT INTO shop.effect (tenant_id, event) SELECT 'tnt_a', * FROM unnest($1::text[])`, [names]);
    return { stale: [] };
  }

  const context = (): BatchContext => ({
    group: 'shop',
    handlers: handlerTable([
      defineHandler<Topic>(
        { name: 'shop', topic, types: ['payments.payment.created'], handleBatch },
        { ordering: 'strict', onDead: options.onDead },
      ),
    ]),
    codec,
    database,
    copies: createCopyPublisher({ publisher, pause, deadlineMs: 1_000 }),
    firstFilter: noFirstFilter,
    outbox: noOutbox,
    parkedGauge: createParkedGauge(database, limits),
    tiers: parseTiers(['10s', '1m']),
    limits,
    pause,
    releaseGate: openGate,
    watchdog: createWatchdog(),
    clock: () => harness.nowMs,
    report: (attempt) => attempt.span.end(),
    ignore: () => undefined,
  });

  const harness: StrictHarness = {
    test,
    get publisher() {
      return publisher;
    },
    nowMs: 0,
    async reset() {
      armFailpoints('');
      await test.empty('shop.effect', 'shop.inbox', 'shop.blocked_key', 'shop.parked');
      failures.clear();
      records.clear();
      publisher = createMemoryPublisher();
      harness.nowMs = Date.now();
    },
    async close() {
      await test.drop();
      await service.remove();
    },
    record(key, n) {
      const name = `${key}/${n}`;
      const known = records.get(name) ?? recordOf(codec, { key, name, nowMs: harness.nowMs });
      records.set(name, known);
      return known;
    },
    fail(key, n, failure) {
      if (failure === undefined) failures.delete(`${key}/${n}`);
      else failures.set(`${key}/${n}`, failure);
    },
    deliver: (batch, via = 'main') => createBatchProcessor(context(), via)(batch, new AbortController().signal),
    release() {
      const batch = context();
      const process = createBatchProcessor(batch, 'retry');
      return createReleaser({ batch, process, everyMs: 1, log }).round(new AbortController().signal);
    },
    async applied() {
      const rows = await test.admin<{ readonly event: string }>('SELECT event FROM shop.effect ORDER BY place');
      return rows.map(({ event }) => event);
    },
    letters: () =>
      publisher.published.map((copy) => ({
        event: nameOfCopy(copy),
        code: copy.headers['x-exception-code'] ?? '',
        copy,
      })),
    redriven: (copy) =>
      incoming(
        { ...copy, topic: redriveTopic('shop') },
        { headers: { ...copy.headers, 'x-redrive-count': '1' }, timestampMs: harness.nowMs },
      ),
    keys: () =>
      test.admin<KeyRow>(
        `SELECT record_key, state, code, waiting, replace(head_id::text, '-', '') AS head FROM shop.blocked_key ORDER BY 1`,
      ),
  };
  function nameOfCopy(copy: OutgoingRecord): string {
    const found = [...records].find(([, { headers }]) => headers['ce_id'] === copy.headers['ce_id']);
    return found?.[0] ?? 'unknown';
  }
  await harness.reset();
  return harness;
}

function failIfToldTo(failures: Map<string, Failure>, name: string): void {
  const failure = failures.get(name);
  if (failure === 'always') throw new TrunklineError('business_rejected', 'the test says so');
  if (failure === undefined || failure === 0) return;
  failures.set(name, failure - 1);
  throw new TrunklineError('upstream_5xx', 'the test says so');
}

function recordOf(
  codec: EventCodec,
  { key, name, nowMs }: { readonly key: string; readonly name: string; readonly nowMs: number },
): IncomingRecord {
  const record = shopRecord(key, { occurredAt: nowMs, name });
  const named = { ...record, metadata: { ...record.metadata, providerEventId: name } };
  return incoming(published(codec, named), { timestampMs: nowMs });
}
