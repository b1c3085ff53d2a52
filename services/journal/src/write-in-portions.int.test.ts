import { classify } from '@trunkline/core';
import { createJournalWriter, type JournalRow } from '@trunkline/journal';
import { createJournalDatabase, eventRow } from '@trunkline/journal/testing';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { createPortionWriter, type PortionWriter } from './write-in-portions.ts';

const { signal } = new AbortController();
const log = { error: () => undefined };
const statementTimeoutMs = 1_000;

let test: TestDatabase;
let portions: PortionWriter;
beforeAll(async () => {
  test = await createJournalDatabase(inject('stack').postgresAdminUrl);
  const writer = createJournalWriter(test.open({ statementTimeoutMs }), Date.now);
  portions = createPortionWriter(writer, { mostRows: 1_000, deadlineMs: statementTimeoutMs, log });
});
afterAll(() => test.drop());

const events = (from: number, to: number): readonly JournalRow[] =>
  Array.from({ length: to - from }, (_, index) => eventRow({ offset: BigInt(from + index) }));

interface Tries {
  readonly failed: number;
  readonly succeeded: number;
}

/** More than halving needs. */
const mostFailures = 20;

/** Writes all of them, and fails with what the last try failed with where that takes too many. */
async function write(rows: readonly JournalRow[]): Promise<Tries> {
  let left = rows;
  let [failed, succeeded] = [0, 0];
  while (left.length > 0) {
    try {
      left = await portions.writeFirst(left, signal);
      succeeded += 1;
    } catch (thrown) {
      failed += 1;
      if (classify(thrown).code !== 'dependency_unavailable' || failed > mostFailures) throw thrown;
    }
  }
  return { failed, succeeded };
}

/** Each row of today takes Postgres so long. */
async function slowDown(seconds: number): Promise<void> {
  const [partition] = await test.admin<{ name: string }>(
    `SELECT tableoid::regclass::text AS name FROM journal.event LIMIT 1`,
  );
  await test.admin(`CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS
    $body$ BEGIN PERFORM pg_sleep(${seconds}); RETURN NEW; END $body$`);
  await test.admin(
    `CREATE TRIGGER dawdle BEFORE INSERT ON ${partition?.name} FOR EACH ROW EXECUTE FUNCTION public.dawdle()`,
  );
}

it('a batch that is more than Postgres takes in its deadline is written in parts, each row once, and more at a time when it is quick again', async () => {
  await write(events(0, 1));
  await slowDown(0.02);

  // Four seconds of it.
  const slow = await write(events(1, 201));
  await test.admin('DROP FUNCTION public.dawdle() CASCADE');
  const quick = await write(events(201, 1_201));

  expect(slow.failed).toBeGreaterThan(0);
  expect(1_000 / quick.succeeded).toBeGreaterThan(200 / slow.succeeded);
  expect(await test.admin('SELECT count(*)::int AS n, count(DISTINCT off)::int AS offsets FROM journal.event')).toEqual(
    [{ n: 1_201, offsets: 1_201 }],
  );
  expect(await test.admin(`SELECT sum(count)::int AS n FROM journal.rollup WHERE kind = 'type'`)).toEqual([
    { n: 1_201 },
  ]);
});
