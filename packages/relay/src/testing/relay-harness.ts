import { randomBytes, randomUUID } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';
import type { OutgoingRecord, Publisher } from '@trunkline/kafka';
import { addToOutbox, type Database, type OutboxRow } from '@trunkline/postgres';
import { createTestDatabase, createTestService, type TestDatabase } from '@trunkline/postgres/testing';

import type { RelayLog, RelayMetrics } from '../ports.ts';

/** A service `shop` with its outbox in a database of its own. */
export interface RelayHarness {
  readonly test: TestDatabase;
  readonly database: Database;
  readonly lines: readonly { readonly level: keyof RelayLog; readonly event: unknown }[];
  readonly log: RelayLog;
  readonly metrics: RelayMetrics & { read(name: string): number | undefined };
  add(...rows: readonly OutboxRow[]): Promise<void>;
  waiting(): Promise<number>;
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function openRelayHarness(adminUrl: string, sql: string = ''): Promise<RelayHarness> {
  const service = await createTestService('shop', sql === '' ? {} : { '001-of-the-test.sql': sql });
  const test = await createTestDatabase({ adminUrl, services: [service] });
  const database = test.open({ maxConnections: 8 });
  const lines: { level: keyof RelayLog; event: unknown }[] = [];
  const counts = new Map<string, number>();
  const gauges = new Map<string, () => number>();
  const line =
    (level: keyof RelayLog) =>
    ({ event }: Readonly<Record<string, unknown>>): void => {
      lines.push({ level, event });
    };
  return {
    test,
    database,
    lines,
    log: { info: line('info'), warn: line('warn'), error: line('error') },
    metrics: {
      count: (name, { topic }, by) => counts.set(`${name} ${topic}`, (counts.get(`${name} ${topic}`) ?? 0) + by),
      gauge: (name, read) => gauges.set(name, read),
      read: (name) => counts.get(name) ?? gauges.get(name)?.(),
    },
    add: (...rows) => database.transaction(['tnt_a'], (tx) => addToOutbox(tx, rows)),
    async waiting() {
      const [row] = await test.admin<{ n: number }>('SELECT count(*)::int AS n FROM shop.outbox');
      return row?.n ?? -1;
    },
    async reset() {
      lines.length = 0;
      counts.clear();
      await test.empty('shop.outbox');
    },
    async close() {
      await test.drop();
      await service.remove();
    },
  };
}

export function outboxRow(key: string, overrides: Partial<OutboxRow> = {}): OutboxRow {
  return {
    recordId: randomUUID(),
    tenantId: 'tnt_a',
    topic: 'notifications.request.v1',
    key: Buffer.from(key),
    value: Buffer.from(key),
    headers: { ce_id: `req_${randomBytes(4).toString('hex')}` },
    ...overrides,
  };
}

/** The publishing port in memory: what was acknowledged, and outages and refusals on demand. */
export interface CollectingPublisher extends Publisher {
  readonly published: OutgoingRecord[];
  /** How many records each call brought. */
  readonly calls: number[];
  isAway: boolean;
  /** What it was given while it was away: not copies. */
  readonly givenAway: OutgoingRecord[];
  /** Held up until it is opened again. */
  gate: Promise<void>;
  refuses: (record: OutgoingRecord) => boolean;
}

export function createCollectingPublisher(): CollectingPublisher {
  const publisher: CollectingPublisher = {
    published: [],
    calls: [],
    isAway: false,
    givenAway: [],
    gate: Promise.resolve(),
    refuses: () => false,
    async publish(records) {
      publisher.calls.push(records.length);
      await publisher.gate;
      if (publisher.isAway) {
        publisher.givenAway.push(...records);
        throw new TrunklineError('publish_unavailable', 'no broker');
      }
      if (records.some(publisher.refuses)) throw new TrunklineError('payload_too_large', 'too large for its topic');
      // Whose they are uses the memory of records that were published again.
      publisher.published.push(
        ...records.map((record) => ({ ...record, key: Buffer.from(record.key), value: copyOf(record.value) })),
      );
    },
    state: () => (publisher.isAway ? 'failing' : 'ready'),
    waitingBytes: () => 0,
    close: () => Promise.resolve(),
  };
  return publisher;
}

function copyOf(value: Buffer | null): Buffer | null {
  return value === null ? null : Buffer.from(value);
}
