import type { Database } from '@trunkline/postgres';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { createJournalDatabase, eventRow } from '../testing/index.ts';
import { createJournalWriter } from '../write/writer.ts';
import { type EventFilter, searchEvents } from './events.ts';

const { postgresAdminUrl } = inject('stack');
const dayMs = 86_400_000;
const yesterday = Math.floor(Date.now() / dayMs) * dayMs - dayMs / 2;
/** Of one day, so of one partition: some eight ranges of 64 pages, the last of which has no filters. */
const count = 20_000;
const tenants = 2;
const rowOf = (n: number): ReturnType<typeof eventRow> =>
  eventRow({ offset: BigInt(n), appendedAtMs: yesterday, tenantId: `tnt_${n % tenants}` });
const wanted = rowOf(4_321);
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createJournalDatabase(postgresAdminUrl);
  // One connection, which tells what it has read.
  database = test.open({ maxConnections: 1 });
  const writer = createJournalWriter(database, Date.now);
  for (let from = 0; from < count; from += 2_000)
    await writer.write(Array.from({ length: 2_000 }, (_, index) => rowOf(from + index)));
  await database.statement('SELECT journal.summarise()', []);
});
afterAll(() => test.drop());

/** Rows of partitions of events that the connection has looked at so far. */
async function touched(): Promise<number> {
  await database.statement('SELECT pg_stat_force_next_flush()', []);
  const [row] = await test.admin<{ readonly n: number }>(
    `SELECT sum(seq_tup_read + idx_tup_fetch)::int AS n FROM pg_stat_user_tables WHERE relname LIKE 'event\\_2%'`,
  );
  return row?.n ?? Number.NaN;
}

const questions: readonly [string, Partial<EventFilter>][] = [
  ['the id of an event', { id: { kind: 'event', hex: wanted.eventId.slice(4) } }],
  ['a delivery', { id: { kind: 'delivery', hex: wanted.deliveryId.slice(4) } }],
  ['a trace', { id: { kind: 'trace', hex: wanted.traceId ?? '' } }],
  ['a provider’s id', { id: { kind: 'provider', text: wanted.providerEventId ?? '' } }],
  ['a key', { key: 'tnt_1:stripe:acct_1:payment_intent:pi_4321' }],
];

describe.each([
  ['before Postgres knows anything of the rows', 'SELECT'],
  ['with its statistics', 'ANALYZE journal.event'],
])('%s', (_when, statement) => {
  beforeAll(async () => {
    await test.admin(statement);
  });

  it.each(questions.flatMap(([what, filter]) => [[what, 'all', filter] as const, [what, ['tnt_1'], filter] as const]))(
    'a search by %s of %s reads the ranges of rows that may have it',
    async (_what, scope, filter) => {
      const range = { sinceMs: yesterday - 6 * dayMs, untilMs: yesterday + dayMs };
      const before = await touched();

      const found = await searchEvents(database, { scope, filter: { ...range, ...filter }, limit: 50 });

      const read = (await touched()) - before;
      expect(found.map(({ eventId }) => eventId)).toEqual([wanted.eventId]);
      // That range and the last one, and some room for a filter that is wrong.
      expect(read).toBeLessThan(count / 2);
      expect(read).toBeGreaterThan(0);
    },
  );
});
