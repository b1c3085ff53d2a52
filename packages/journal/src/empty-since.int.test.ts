import type { Database } from '@trunkline/postgres';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { emptyIndexSince } from './empty-since.ts';
import { createJournalDatabase, deadStep, eventRow, openAsOwner } from './testing/index.ts';
import { createJournalWriter } from './write/writer.ts';

const hourMs = 3_600_000;
const sinceMs = Math.floor(Date.now() / hourMs) * hourMs;

let test: TestDatabase;
let owner: Database;
beforeAll(async () => {
  test = await createJournalDatabase(inject('stack').postgresAdminUrl);
  owner = openAsOwner(test);
});
afterAll(async () => {
  await owner.close({ deadlineMs: 5_000 });
  await test.drop();
});

/** Ten events, the first four of which came before; of two tenants. */
const events = Array.from({ length: 10 }, (_, place) =>
  eventRow({
    offset: BigInt(place),
    appendedAtMs: place < 4 ? sinceMs - 1 - place : sinceMs + place,
    tenantId: place % 2 === 0 ? 'tnt_a' : 'tnt_b',
  }),
);
const letters = [deadStep({ offset: 1n, diedAtMs: sinceMs + 1 })];

async function indexed() {
  const [found] = await test.admin(
    `SELECT (SELECT array_agg(off::int ORDER BY off) FROM journal.event) AS events,
       (SELECT sum(count)::int FROM journal.rollup WHERE kind = 'type') AS counted,
       (SELECT sum(count)::int FROM journal.rollup WHERE kind = 'dead') AS dead,
       (SELECT count(*)::int FROM journal.step) AS steps, (SELECT sum(copies)::int FROM journal.letter) AS copies`,
  );
  return found;
}

const starts = [{ topic: 'payments.payment.v1', partition: 0, offset: 4n }];
const asked = { actor: 'ada', reason: 'rows were deleted', forgetGroups: () => Promise.resolve() };

it('an index that is made anew since an hour has each record once, and what came before and what failed as it was', async () => {
  const writer = createJournalWriter(test.open(), Date.now);
  await writer.write(events);
  await writer.write(letters);
  const before = await indexed();
  await test.admin('DELETE FROM journal.event WHERE off IN (5, 7)');

  const gone = await emptyIndexSince(owner, {
    sinceMs,
    starts,
    ...asked,
  });
  const emptied = await indexed();
  // The topic is read again from its beginning, in pieces, and one of them twice.
  for (const piece of [events.slice(0, 6), events.slice(3, 8), events.slice(6)])
    await createJournalWriter(test.open(), Date.now).write(piece);
  await writer.write(letters);

  expect(gone).toBe(4);
  expect(emptied).toMatchObject({ events: [0, 1, 2, 3], counted: 4, steps: 1 });
  expect(before).toMatchObject({ events: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], counted: 10, dead: 1, copies: 1 });
  expect(await indexed()).toEqual(before);
});

it('a journal that starts while a part is taken away indexes it again, and does not read past it', async () => {
  const before = await indexed();
  const writer = createJournalWriter(test.open(), Date.now);
  // Has its partitions open: what it waits for below is the positions.
  await writer.write(events);
  let writing: Promise<unknown> | undefined;
  const forgetGroups = async (): Promise<void> => {
    writing = writer.write(events);
    await Promise.race([writing, someoneWaits()]);
  };

  await emptyIndexSince(owner, { sinceMs, starts, ...asked, forgetGroups });
  await writing;

  expect(await indexed()).toEqual(before);
});

it('a part is as it was where its groups have members', async () => {
  const before = await indexed();
  const refused = emptyIndexSince(owner, {
    sinceMs,
    starts,
    ...asked,
    forgetGroups: () => Promise.reject(new Error('the group journal has members')),
  });

  await expect(refused).rejects.toThrow('has members');
  expect(await indexed()).toEqual(before);
});

/** Resolves when a transaction waits for another one's lock. */
async function someoneWaits(): Promise<void> {
  for (;;) {
    const [found] = await test.admin<{ readonly waiting: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'journal.position'::regclass) AS waiting`,
    );
    if (found?.waiting === true) return;
  }
}
