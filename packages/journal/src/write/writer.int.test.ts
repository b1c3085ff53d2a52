import { armFailpoints } from '@trunkline/core';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';

import type { StepRow } from '../rows.ts';
import { createJournalDatabase, eventRow, stepRow } from '../testing/index.ts';
import { mayMissEvents } from './events-left-out.ts';
import { createJournalWriter, type JournalWriter } from './writer.ts';

const { postgresAdminUrl } = inject('stack');
let test: TestDatabase;
let writer: JournalWriter;

beforeAll(async () => {
  test = await createJournalDatabase(postgresAdminUrl);
});
afterAll(() => test.drop());
beforeEach(async () => {
  await test.empty('journal.position', 'journal.step', 'journal.rollup');
  writer = createJournalWriter(test.open(), Date.now);
});

const steps = (from: number, to: number): readonly StepRow[] =>
  Array.from({ length: to - from }, (_, index) => stepRow({ offset: BigInt(from + index) }));

const counts = async (): Promise<{ readonly rows: number; readonly counted: number }> => {
  const [found] = await test.admin<{ rows: number; counted: number }>(
    'SELECT (SELECT count(*)::int FROM journal.step) AS rows, (SELECT coalesce(sum(count), 0)::int FROM journal.rollup) AS counted',
  );
  return found ?? { rows: -1, counted: -1 };
};

describe('the writer of the journal', () => {
  it('writes a record once, however often and by whom it is handed over', async () => {
    const other = createJournalWriter(test.open(), Date.now);

    await writer.write(steps(0, 10));
    await Promise.all([writer.write(steps(5, 20)), other.write(steps(5, 20)), other.write(steps(0, 15))]);

    expect(await counts()).toEqual({ rows: 20, counted: 20 });
  });

  it.each(['journal.before_commit', 'journal.after_commit'])(
    'writes a record once when it breaks off at %s and is handed it again',
    async (point) => {
      armFailpoints(`${point}=throw@1`);
      onTestFinished(() => armFailpoints(''));

      await expect(writer.write(steps(0, 10))).rejects.toThrow(point);
      await createJournalWriter(test.open(), Date.now).write(steps(0, 12));

      expect(await counts()).toEqual({ rows: 12, counted: 12 });
    },
  );

  it('keeps what a row says, and every character of it that Postgres can hold', async () => {
    const message = 'a\tb\\N\nc\r\u0000\uD800 “ü”';
    await writer.write([stepRow({ offset: 3n, message, code: undefined, tenantId: 'tnt_b' })]);

    const rows = await test.admin<Record<string, unknown>>(
      `SELECT s.off, s.message, s.code, t.name AS topic, g.name AS grp, s.tenant_id FROM journal.step s
       JOIN journal.name t ON t.id = s.topic JOIN journal.name g ON g.id = s.grp`,
    );
    const kept = 'a\tb\\N\nc\r\uFFFD “ü”';
    expect(rows).toEqual([
      { off: '3', message: kept, code: null, topic: 'payments.dlt', grp: 'payments', tenant_id: 'tnt_b' },
    ]);
  });

  it('writes into the partitions of several days at once, and nothing older than is kept', async () => {
    const dayMs = 86_400_000;
    const at = (daysAgo: number, offset: bigint): StepRow =>
      stepRow({ place: { topic: 'payments.dlt', partition: 0, offset, appendedAtMs: Date.now() - daysAgo * dayMs } });

    const written = await writer.write([at(40, 0n), at(9, 1n), at(0, 2n)]);

    expect(written).toEqual({ rows: 2, dropped: 0, expired: 1 });
    expect((await counts()).rows).toBe(2);
  });

  it('of failures only counts every event and keeps no row of one, and says so', async () => {
    const database = test.open();
    const place = { topic: 'payments.payment.v1', partition: 0, offset: 0n, appendedAtMs: Date.now() };
    const before = await mayMissEvents(database);

    await createJournalWriter(database, Date.now, { events: 'failures' }).write([eventRow({ place }), ...steps(0, 2)]);

    const [events] = await test.admin('SELECT count(*)::int AS n FROM journal.event');
    expect([before, await mayMissEvents(database), events]).toEqual([false, true, { n: 0 }]);
    expect(await counts()).toEqual({ rows: 2, counted: 3 });
  });

  it('is passed by a name that nobody of ours would give', async () => {
    await writer.write([stepRow({ type: 'x'.repeat(10_000) }), stepRow({ offset: 1n, type: 'y\u0000z' })]);

    expect((await counts()).rows).toBe(2);
  });
});

describe('the counts of a minute', () => {
  it('become one row that says the same, and go on to add up', async () => {
    const appendedAtMs = Math.floor(Date.now() / 60_000) * 60_000;
    const rowAt = (offset: bigint): StepRow =>
      stepRow({ place: { topic: 'payments.dlt', partition: 0, offset, appendedAtMs } });
    for (const offset of [0n, 1n, 2n]) await writer.write([rowAt(offset)]);
    const database = test.open();
    const fold = (): Promise<readonly object[]> =>
      database.statement(`SELECT journal.fold_rollups(now() - interval '1 hour', now() + interval '1 hour') AS n`, []);

    const first = await fold();
    await writer.write([rowAt(3n)]);
    const rows = await test.admin('SELECT count::int, bytes::int FROM journal.rollup ORDER BY count DESC');

    expect(first).toEqual([{ n: '2' }]);
    expect(rows).toEqual([
      { count: 3, bytes: 2_700 },
      { count: 1, bytes: 900 },
    ]);
    expect(await counts()).toEqual({ rows: 4, counted: 4 });
  });
});

describe('a partition of the journal', () => {
  it('takes what is appended and shows it through its parent alone, tenant by tenant', async () => {
    await writer.write([stepRow({ tenantId: 'tnt_a' }), stepRow({ offset: 1n, tenantId: 'tnt_b' })]);
    const database = test.open();
    const [{ name } = { name: '' }] = await test.admin<{ name: string }>(
      `SELECT max(inhrelid::regclass::text) AS name FROM pg_inherits WHERE inhparent = 'journal.step'::regclass`,
    );

    const seen = await database.transaction(['tnt_a'], (tx) => tx.query('SELECT tenant_id FROM journal.step'));

    expect(seen).toEqual([{ tenant_id: 'tnt_a' }]);
    for (const login of ['journal', 'operator'])
      await expect(
        test.open({ connectionString: test.urlOf(login) }).transaction(['tnt_a'], (tx) => tx.query(`TABLE ${name}`)),
      ).rejects.toThrow(/permission denied/);
  });

  it('is dropped when its day has passed its retention', async () => {
    const dayMs = 86_400_000;
    const place = { topic: 'payments.dlt', partition: 0, offset: 0n, appendedAtMs: Date.now() - 20 * dayMs };
    await writer.write([stepRow({ place })]);

    await test.open().statement('SELECT journal.drop_days(7, 14, 10)', []);

    expect((await counts()).rows).toBe(0);
  });
});
