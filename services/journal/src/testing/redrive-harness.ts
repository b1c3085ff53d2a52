import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { eventIdOfUuid, isRecordId, type RecordId } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import { until } from '@trunkline/installation';
import { askForRedrive, createJournalWriter, findJob, type Job } from '@trunkline/journal';
import { journalMigrations } from '@trunkline/journal/testing';
import {
  createKafkaConnection,
  createPublisher,
  createPump,
  createTopicAdmin,
  type IncomingRecord,
  type KafkaConnection,
  type OutgoingRecord,
} from '@trunkline/kafka';
import { eventBytes } from '@trunkline/operations/testing';
import { claimEvents, type Database, decideLetters, type InboxEntry, type JobRunner } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { createLogger, type Logger } from '@trunkline/runtime';

import { createIndexGroup } from '../index-group.ts';
import { failureIndexers } from '../indexers/failures.ts';
import { createRedriveRunner } from '../jobs/runner.ts';

/** Dead letters of the group payments on real servers, indexed, and a stand-in for the group that takes what is sent back. */
export interface RedriveHarness {
  readonly database: Database;
  readonly kafka: KafkaConnection;
  /** What the group took, in its order. */
  readonly taken: readonly IncomingRecord[];
  /** Whether the cause of a record is mended; asked when the group takes it. */
  mends: (record: IncomingRecord) => boolean;
  /** The group takes nothing while it is not running. */
  isRunning: boolean;
  /** Makes so many letters, `keys` of them with keys of their own, and waits until they are indexed. */
  bury(letters: number, keys: number, headers?: Readonly<Record<string, string>>): Promise<void>;
  /** The record of the first letter of a plan stands in the place of the last one. */
  replaceLast(job: string): Promise<void>;
  /** Puts letters aside, as a person does. */
  discard(letters: readonly string[]): Promise<void>;
  ask(given?: Partial<Parameters<typeof askForRedrive>[1]>): Promise<string>;
  /** The job, once the condition holds. */
  jobWhen(id: string, what: string, holds: (job: Job) => boolean): Promise<Job>;
  startRunner(): JobRunner;
  reset(): Promise<void>;
  close(): Promise<void>;
}

const deadlineMs = 60_000;
const partitions = 3;
const dead = 'payments.dlt';
const redriven = 'payments.redrive';

export async function openRedriveHarness(servers: {
  readonly kafkaBrokers: string;
  readonly postgresAdminUrl: string;
}): Promise<RedriveHarness> {
  const kafka = createKafkaConnection({
    brokers: servers.kafkaBrokers.split(','),
    clientId: 'test',
    namespace: `j${randomBytes(5).toString('hex')}.`,
    log: () => undefined,
  });
  const admin = createTopicAdmin(kafka);
  const config = { 'message.timestamp.type': 'LogAppendTime' };
  await admin.apply([dead, redriven].map((topic) => ({ topic, partitions, replicationFactor: 1, config })));
  const service = { schema: 'payments', directory: directoryOf('payments') };
  const test = await createTestDatabase({ adminUrl: servers.postgresAdminUrl, services: [journalMigrations, service] });
  const database = test.open({ maxConnections: 8, statementTimeoutMs: 30_000 });
  const inbox = test.open({ schema: 'payments' });
  const publisher = await createPublisher(kafka);
  const closing = new AbortController();
  const taken: IncomingRecord[] = [];
  const all = failureIndexers([]);
  const index = createIndexGroup({
    kafka,
    writer: createJournalWriter(database, Date.now),
    groupId: 'journal.failures',
    indexers: new Map([...all].filter(([topic]) => topic === dead || topic === redriven)),
    maxBytesInFlight: 8 * 1024 * 1024,
    maxBatchRecords: 2_000,
    statementTimeoutMs: 30_000,
    sessionTimeoutMs: 10_000,
    clock: Date.now,
    log: silent,
    onFatal: fail,
  });
  await index.start(closing.signal);
  const runners: JobRunner[] = [];
  let buried = 0;
  const harness: RedriveHarness = {
    database,
    kafka,
    taken,
    mends: () => true,
    isRunning: true,
    async bury(letters, keys, headers = {}) {
      const records = Array.from({ length: letters }, (_, place) => deadRecordOf(buried + place, keys, headers));
      buried += letters;
      await publisher.publish(records, { deadlineMs });
      await until('the letters are indexed', async () => (await countLetters(test)) === buried, { deadlineMs });
    },
    async replaceLast(job) {
      await test.admin(
        `UPDATE journal.job_letter AS last SET dlt_part = first.dlt_part, dlt_off = first.dlt_off
         FROM (SELECT * FROM journal.job_letter WHERE job_id = $1::uuid ORDER BY place LIMIT 1) AS first
         WHERE last.job_id = first.job_id AND last.place = (SELECT max(place) FROM journal.job_letter WHERE job_id = $1::uuid)`,
        [job],
      );
    },
    async discard(letters) {
      const own = letters.map((id) => ({ id, tenant: 'tnt_a' }));
      const operator = test.open({ connectionString: test.urlOf('operator') });
      await decideLetters(operator, {
        group: 'payments',
        state: 'discarded',
        reason: 'a test',
        actor: 'ada',
        letters: own,
      });
    },
    ask: (given = {}) => {
      const options = { canary: true, force: false };
      const asked = { group: 'payments', filter: {}, options, rate: 1_000, note: 'mended', actor: 'ada', ...given };
      return askForRedrive(database, asked);
    },
    async jobWhen(id, what, holds) {
      let found: Job | undefined;
      await until(
        `job ${what}`,
        async () => {
          found = await findJob(database, { scope: 'all', id });
          return found !== undefined && holds(found);
        },
        { deadlineMs },
      );
      if (found === undefined) throw new Error(`there is no job ${id}`);
      return found;
    },
    startRunner() {
      const owner = randomBytes(4).toString('hex');
      const runner = createRedriveRunner({
        database,
        kafka,
        publisher: () => Promise.resolve(publisher),
        owner,
        clock: Date.now,
        log: silent,
      });
      runners.push(runner);
      runner.start();
      return runner;
    },
    async reset() {
      await Promise.all(runners.splice(0).map((runner) => runner.stop({ deadlineMs })));
      await test.empty('journal.letter', 'journal.job', 'journal.job_letter', 'payments.inbox');
      taken.length = 0;
      buried = 0;
      harness.mends = () => true;
      harness.isRunning = true;
    },
    async close() {
      await harness.reset();
      closing.abort();
      harness.isRunning = true;
      await Promise.all([group.stop({ deadlineMs }), index.stop(deadlineMs)]);
      await publisher.close({ deadlineMs });
      await admin.close();
      await test.drop();
    },
  };
  const group = createPump(kafka, {
    groupId: redriven,
    topics: [redriven],
    process: async (records, signal) => {
      await until('the group runs', () => Promise.resolve(harness.isRunning || signal.aborted), { deadlineMs });
      signal.throwIfAborted();
      await take(records);
    },
    maxBytesInFlight: 8 * 1024 * 1024,
    maxBatchRecords: 500,
    lanes: 1,
    sessionTimeoutMs: 10_000,
    onFatal: fail,
  });

  /** What is mended has an inbox row, once; the rest is dead again. */
  async function take(records: readonly IncomingRecord[]): Promise<void> {
    taken.push(...records);
    const mended = records.filter((record) => harness.mends(record));
    const again = records.filter((record) => !mended.includes(record));
    if (mended.length > 0) await inbox.transaction([], (tx) => claimEvents(tx, mended.map(claimOf)));
    const copies = again.map(({ key, value, headers }) => ({
      topic: dead,
      key: key ?? Buffer.from('none'),
      value,
      headers,
    }));
    if (copies.length > 0) await publisher.publish(copies, { deadlineMs });
  }

  await group.start();
  return harness;
}

function claimOf({ headers }: IncomingRecord): InboxEntry {
  const eventId = headers[headerName.id] ?? '';
  if (!isRecordId(eventId)) throw new RangeError('a letter of this harness has an id');
  return {
    eventId,
    tenantId: 'tnt_a',
    originalTopic: headers[headerName.originalTopic] ?? '',
    originalPartition: Number(headers[headerName.originalPartition]),
    originalOffset: BigInt(headers[headerName.originalOffset] ?? '0'),
    via: 'redrive',
    attempt: 1,
    redriveCount: 1,
    traceId: null,
    deliveryId: null,
  };
}

function deadRecordOf(place: number, keys: number, headers: Readonly<Record<string, string>>): OutgoingRecord {
  const id = recordIdOf();
  return {
    topic: dead,
    key: Buffer.from(`tnt_a:stripe:acct:payment:${place % keys}`),
    value: eventBytes(id),
    headers: {
      [headerName.id]: id,
      [headerName.type]: 'payments.payment.succeeded',
      [headerName.source]: '/tenants/tnt_a/sources/src_stripe',
      [headerName.originalTopic]: 'payments.payment.v1',
      [headerName.originalPartition]: '0',
      [headerName.originalOffset]: String(place),
      [headerName.originalTimestamp]: String(Date.now()),
      [headerName.exceptionCode]: 'upstream_4xx',
      ...headers,
    },
  };
}

function recordIdOf(): RecordId {
  return eventIdOfUuid(
    randomBytes(16)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  );
}

async function countLetters(test: TestDatabase): Promise<number> {
  const [row] = await test.admin<{ readonly n: number }>('SELECT count(*)::int AS n FROM journal.letter');
  return row?.n ?? -1;
}

function directoryOf(service: string): string {
  return fileURLToPath(new URL(`../../../${service}/migrations`, import.meta.url));
}

const silent: Logger = createLogger({
  name: 'journal',
  version: '0',
  instance: 't',
  level: 'fatal',
  write: () => undefined,
});

function fail(error: unknown): never {
  throw error;
}
