import { createJournalWriter } from '@trunkline/journal';
import { createJournalDatabase, eventRow } from '@trunkline/journal/testing';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { writeSurely } from './write-surely.ts';

const { postgresAdminUrl } = inject('stack');
const { signal } = new AbortController();
let test: TestDatabase;

beforeAll(async () => {
  test = await createJournalDatabase(postgresAdminUrl);
});
afterAll(() => test.drop());

it('a row that Postgres refuses is counted as unreadable, and every other one is written once', async () => {
  const refused: object[] = [];
  const rows = Array.from({ length: 9 }, (_, offset) =>
    // No uuid: Postgres takes none of the rows that come with it.
    eventRow({ offset: BigInt(offset), ...(offset === 5 ? { traceId: 'no trace'.padEnd(32) } : {}) }),
  );
  const log = { error: (fields: object) => void refused.push(fields) };

  await writeSurely(createJournalWriter(test.open(), Date.now), { rows, signal, log });

  const kinds = await test.admin('SELECT kind, sum(count)::int AS n FROM journal.rollup GROUP BY kind ORDER BY kind');
  expect(kinds).toEqual([
    { kind: 'type', n: 8 },
    { kind: 'unreadable', n: 1 },
  ]);
  expect(await test.admin('SELECT count(*)::int AS n FROM journal.event')).toEqual([{ n: 8 }]);
  expect(await test.admin('SELECT next_off::int FROM journal.position')).toEqual([{ next_off: 9 }]);
  expect(refused).toEqual([expect.objectContaining({ offset: 5n })]);
});

it('whoever is away is waited for by the caller, and no row is given up', async () => {
  await test.takeDown();
  const writing = writeSurely(createJournalWriter(test.open(), Date.now), {
    rows: [eventRow({ offset: 100n })],
    signal,
    log: { error: () => undefined },
  });

  await expect(writing).rejects.toMatchObject({ code: 'dependency_unavailable' });
  await test.bringUp();
});
