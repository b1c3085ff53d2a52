import { eventId, type EventId, newDeliveryId } from '@trunkline/core';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import type { Database, DatabaseEvent } from './database.ts';
import { inboxRetentionMs, pruneInbox } from './inbox-retention.ts';
import { claimEvents, type InboxEntry, markStale } from './inbox.ts';
import {
  createTestDatabase,
  createTestService,
  holdOpen,
  type TestDatabase,
  type TestService,
  waitingForLocks,
} from './testing/index.ts';

const { postgresAdminUrl } = inject('stack');
let service: TestService;
let test: TestDatabase;
let database: Database;

beforeEach(async () => {
  service = await createTestService('shop', {});
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
  database = test.open();
});
afterEach(async () => {
  await test.drop();
  await service.remove();
});

describe('claiming events', () => {
  it('returns each id to the first transaction only', async () => {
    const entries = [entry('a'), entry('b')];

    const first = await database.transaction([], (tx) => claimEvents(tx, entries));
    const second = await database.transaction([], (tx) => claimEvents(tx, [...entries, entry('c')]));

    expect(first).toEqual(new Set([idOf('a'), idOf('b')]));
    expect(second).toEqual(new Set([idOf('c')]));
  });

  it('is undone with its transaction', async () => {
    const failing = database.transaction([], async (tx) => {
      await claimEvents(tx, [entry('a')]);
      throw new Error('the effect failed');
    });

    await expect(failing).rejects.toMatchObject({ code: 'unknown' });
    expect(await database.transaction([], (tx) => claimEvents(tx, [entry('a')]))).toEqual(new Set([idOf('a')]));
  });

  it('waits for a transaction that claims the same id, and takes over when that one fails', async () => {
    const claimed = Promise.withResolvers<void>();
    const fail = Promise.withResolvers<void>();
    const first = database.transaction([], async (tx) => {
      await claimEvents(tx, [entry('a')]);
      claimed.resolve();
      await fail.promise;
      throw new Error('the effect failed');
    });
    await claimed.promise;
    const second = database.transaction([], (tx) => claimEvents(tx, [entry('a')]));

    fail.resolve();

    await expect(first).rejects.toThrow('the effect failed');
    expect(await second).toEqual(new Set([idOf('a')]));
  });

  it('in opposite orders does not deadlock', async () => {
    const events: DatabaseEvent[] = [];
    const both = test.open({ onEvent: (event) => events.push(event) });
    const entries = ['a', 'b', 'c'].map((name) => entry(name)).toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1));
    // Both get as far as the middle one and wait there, each with what it has claimed so far.
    const held = await holdOpen(database, (tx) => claimEvents(tx, entries.slice(1, 2)));

    const claiming = [entries, entries.toReversed()].map((order) =>
      both.transaction([], (tx) => claimEvents(tx, order)),
    );
    await expect.poll(() => waitingForLocks(test)).toBe(2);
    await held.release();
    const claims = await Promise.all(claiming);

    expect(claims.reduce((sum, { size }) => sum + size, 0)).toBe(3);
    expect(events).toEqual([]);
  });

  it('writes down where the event came from', async () => {
    await database.transaction([], async (tx) => {
      await claimEvents(tx, [entry('a', { via: 'retry', attempt: 3, redriveCount: 1, traceId: 'f'.repeat(32) })]);
      await markStale(tx, [idOf('a')]);
    });

    expect(await test.admin('SELECT * FROM shop.inbox')).toEqual([
      {
        event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        tenant_id: 'tnt_a',
        outcome: 'stale',
        original_topic: 'payments.payment.v1',
        original_partition: 2,
        original_offset: '9007199254740993',
        via: 'retry',
        attempt: 3,
        redrive_count: 1,
        trace_id: 'f'.repeat(32),
        delivery_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        processed_at: expect.any(Date),
      },
    ]);
  });
});

describe('pruning the inbox', () => {
  it('deletes rows older than the retention in small batches, and no other', async () => {
    await database.transaction([], (tx) =>
      claimEvents(
        tx,
        ['a', 'b', 'c', 'd'].map((name) => entry(name)),
      ),
    );
    await test.admin(`UPDATE shop.inbox SET processed_at = now() - interval '46 days' WHERE event_id <> $1`, [
      uuid('d'),
    ]);

    const deleted = await pruneInbox(database, { nowMs: Date.now(), batchRows: 2 });

    expect(deleted).toBe(3);
    expect(await test.admin('SELECT event_id::text FROM shop.inbox')).toEqual([{ event_id: uuid('d') }]);
  });

  it('keeps a row for 45 days', () => {
    expect(inboxRetentionMs / 86_400_000).toBe(45);
  });
});

function idOf(name: string): EventId {
  return eventId({
    sourceId: 'src_test',
    basis: 'id',
    parts: [name],
    entity: 'payments.payment',
    qualifier: '',
    correction: 0,
  });
}

function uuid(name: string): string {
  return idOf(name)
    .slice(4)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function entry(name: string, overrides: Partial<InboxEntry> = {}): InboxEntry {
  return {
    eventId: idOf(name),
    tenantId: 'tnt_a',
    originalTopic: 'payments.payment.v1',
    originalPartition: 2,
    originalOffset: 9_007_199_254_740_993n,
    via: 'main',
    attempt: 1,
    redriveCount: 0,
    traceId: null,
    deliveryId: newDeliveryId(1_700_000_000_000),
    ...overrides,
  };
}
