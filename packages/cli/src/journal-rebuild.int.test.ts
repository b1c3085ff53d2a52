import { randomBytes } from 'node:crypto';

import { createJournalWriter } from '@trunkline/journal';
import { createJournalDatabase, eventRow } from '@trunkline/journal/testing';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';

const { kafkaBrokers, postgresAdminUrl } = inject('stack');

let database: TestDatabase;
beforeAll(async () => {
  database = await createJournalDatabase(postgresAdminUrl);
  await trunkline('topics', 'apply');
});
afterAll(() => database.drop());

const namespace = `j${randomBytes(4).toString('hex')}.`;
const trunkline = (...words: string[]): Promise<CommandResult> =>
  runCommandLine(words, {
    environment: {
      TRUNKLINE_KAFKA_BROKERS: kafkaBrokers,
      TRUNKLINE_NAMESPACE: namespace,
      TRUNKLINE_DATABASE_URL: database.urlOf('operator'),
      TRUNKLINE_POSTGRES_ADMIN_URL: postgresAdminUrl,
      TRUNKLINE_PARTITIONS: '1',
      TRUNKLINE_REPLICATION_FACTOR: '1',
      TRUNKLINE_RETRY_TIERS: '10s',
      TRUNKLINE_ACTOR: 'alex',
    },
  });

it('a part of the index is taken away with its place on the topics, by who it was and why', async () => {
  const old = eventRow({ offset: 0n, appendedAtMs: Date.now() - 5 * 3_600_000 });
  await createJournalWriter(database.open(), Date.now).write([old, eventRow({ offset: 1n })]);

  const rebuilt = await trunkline('journal', 'rebuild', '--since', '1h', '--reason', 'rows were deleted', '--json');
  const tooLong = await trunkline('journal', 'rebuild', '--since', '8d', '--reason', 'rows were deleted');

  expect(json(rebuilt)).toMatchObject({ groups: ['journal'], reason: 'rows were deleted' });
  expect(await database.admin('SELECT off FROM journal.event')).toEqual([{ off: '0' }]);
  // Nothing was ever on this topic: whatever comes is behind its end.
  expect(await database.admin('SELECT next_off FROM journal.position')).toEqual([{ next_off: '0' }]);
  expect(await database.admin('SELECT action, actor, note FROM trunkline.audit')).toEqual([
    { action: 'journal rebuild', actor: 'alex', note: 'rows were deleted' },
  ]);
  expect(tooLong.stderr).toContain('keeps 7 days');
});
