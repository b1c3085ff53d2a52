import { randomBytes } from 'node:crypto';

import { askForRedrive, claimJob, createJournalWriter, planRedrive, withJob } from '@trunkline/journal';
import { createLettersDatabase, deadStep, payments } from '@trunkline/journal/testing';
import { createKafkaConnection, createTopicAdmin } from '@trunkline/kafka';
import type { Database } from '@trunkline/postgres';
import { createTestService, type TestDatabase, type TestService } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';

const { kafkaBrokers, postgresAdminUrl } = inject('stack');
const namespace = `r${randomBytes(4).toString('hex')}.`;

let service: TestService;
let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  service = await createTestService('payments', {});
  test = await createLettersDatabase(postgresAdminUrl, service);
  database = test.open({ schema: 'journal' });
  const connection = { brokers: kafkaBrokers.split(','), clientId: 'test', namespace, log: () => undefined };
  const admin = createTopicAdmin(createKafkaConnection(connection));
  // Empty, so that the index has all of it.
  await admin.apply([{ topic: 'payments.dlt', partitions: 1, replicationFactor: 1, config: {} }]);
  await admin.close();
  // The first command loads the code of all of them, which takes a busy machine most of the time that a command has.
  await trunkline('dlq', 'redrive', '--help');
  await createJournalWriter(database, Date.now).write([known, queued]);
});
afterAll(async () => {
  await test.drop();
  await service.remove();
});

const known = deadStep({ offset: 1n });
const queued = deadStep({ offset: 2n });
const unknown = `ltr_${'0'.repeat(32)}`;
const trunkline = (...words: string[]): Promise<CommandResult> =>
  runCommandLine(words, {
    environment: {
      TRUNKLINE_KAFKA_BROKERS: kafkaBrokers,
      TRUNKLINE_NAMESPACE: namespace,
      TRUNKLINE_DATABASE_URL: test.urlOf('operator'),
      TRUNKLINE_ACTOR: 'alex',
    },
  });

describe('letters that a journal has indexed', () => {
  it.each([
    ['sent back', ['redrive']],
    ['sent back in a dry run', ['redrive', '--dry-run']],
    ['put aside', ['discard', '--reason', 'a test']],
  ])('are not %s while one of the names is nobody’s, which is named', async (_, [command = '', ...words]) => {
    const named = ['--id', known.letterId, '--id', unknown];

    const refused = await trunkline('dlq', command, 'payments', ...named, ...words);

    expect(refused.exitCode).toBe(exitCodes.not_found.code);
    expect(refused.stderr).toContain(unknown);
    expect(refused.stderr).not.toContain(known.letterId);
    expect(await test.admin('SELECT FROM journal.job')).toEqual([]);
    expect(await test.admin('SELECT FROM trunkline.dead_letter')).toEqual([]);
  });

  it('are put aside while they wait in a redrive, which is not over', async () => {
    const options = { canary: false, force: false };
    const filter = { names: [{ kind: 'letter', id: queued.letterId } as const] };
    await askForRedrive(database, { group: 'payments', filter, options, rate: 50, note: '', actor: 'ada' });
    const lease = await claimJob(database, { owner: 'one' });
    if (lease === undefined) throw new Error('there is no job to take');
    const plan = { group: payments, filter, options, newestApplicableAgeMs: 1e9, untilMs: Date.now() + 60_000 };
    await withJob(database, lease, (tx, job) => planRedrive(tx, job, plan));

    const put = await trunkline('dlq', 'discard', 'payments', '--id', queued.letterId, '--reason', 'a test', '--json');

    expect(json(put)).toMatchObject({ decided: [queued.letterId], leftAlone: [] });
  });
});
