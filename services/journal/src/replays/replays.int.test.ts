import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { armFailpoints, eventIdOfUuid, uuidOf } from '@trunkline/core';
import {
  createEventCodec,
  createRecordViews,
  type EventCodec,
  headerName,
  schemaTexts,
  topicEntry,
  topics,
} from '@trunkline/events';
import { until } from '@trunkline/installation';
import {
  type AskForReplay,
  askForReplay,
  changeReplay,
  createJournalWriter,
  findReplay,
  listReplays,
  type Replay,
  type ReplayId,
  replayUuid,
} from '@trunkline/journal';
import { deadStep, journalMigrations } from '@trunkline/journal/testing';
import {
  createKafkaConnection,
  createPublisher,
  createSchemaRegistry,
  createTopicAdmin,
  type Publisher,
  readRecords,
  topicPlan,
} from '@trunkline/kafka';
import { groupNamed, groups } from '@trunkline/operations';
import { archivedPayments, brokenNormalizer } from '@trunkline/operations/testing';
import { type Database, type JobRunner, listAudit } from '@trunkline/postgres';
import {
  createTestDatabase,
  createTestService,
  type TestDatabase,
  type TestService,
} from '@trunkline/postgres/testing';
import { createLogger } from '@trunkline/runtime';
import { type ConfiguredSource, loadSources } from '@trunkline/sources';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';

import { createReplayRunner } from './runner.ts';
import { openReplayTools } from './tools.ts';

const { kafkaBrokers, registryUrl, postgresAdminUrl } = inject('stack');
const namespace = `r${randomBytes(5).toString('hex')}.`;
const deadlineMs = 60_000;
/** A whole service starts, on a machine that is busy. */
const processDeadlineMs = 180_000;
const installationKey = Buffer.alloc(32, 7);
const sourceId = 'src_stripe';
const eventTopic = 'payments.payment.v1';
const retryTiers = ['10s'];
const serviceMain = fileURLToPath(new URL('../main.ts', import.meta.url));
const log = createLogger({ name: 'journal', version: '0', instance: 't', level: 'fatal', write: () => undefined });
const kafka = createKafkaConnection({
  brokers: kafkaBrokers.split(','),
  clientId: 'test',
  namespace,
  log: () => undefined,
});
const registry = createSchemaRegistry({ url: registryUrl, namespace, timeoutMs: 10_000 });
const sourcesText = `version: 1
tenants: [{ id: tnt_a, name: A }]
sources:
  - { id: ${sourceId}, tenant: tnt_a, provider: stripe, account: acct_demo, secrets: [env:S], options: { modes: [test] } }
`;

let service: TestService;
let test: TestDatabase;
let database: Database;
let publisher: Publisher;
let codec: EventCodec;
let folder: string;
let source: ConfiguredSource;
let sinceMs: number;
const runners: JobRunner[] = [];

beforeAll(async () => {
  const admin = createTopicAdmin(kafka);
  // Those of the groups are read by the process that is killed.
  const names = groups.map(({ name }) => name);
  const plan = { replicationFactor: 1, partitions: 2, largestBodyBytes: 1024 * 1024, groups: names, retryTiers };
  await admin.apply(topicPlan({ ...plan, topics: topics.map((name) => ({ name, kind: topicEntry(name).kind })) }));
  await admin.close();
  for (const topic of topics) await registry.register(topicEntry(topic).subject, schemaTexts[topic], 'FULL_TRANSITIVE');
  codec = await createEventCodec({ registry, topics, limits: { registryDeadlineMs: 60_000 } });
  publisher = await createPublisher(kafka);
  service = await createTestService('payments', {});
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [journalMigrations, service] });
  database = test.open({ schema: 'journal', connectionString: test.urlOf('journal') });
  folder = await mkdtemp(join(tmpdir(), 'trunkline-replays-'));
  await writeFile(join(folder, 'trunkline.yaml'), sourcesText);
  const loaded = await loadSources(join(folder, 'trunkline.yaml'), { env: { S: 'whsec_of_the_test' } });
  const found = 'catalog' in loaded ? loaded.catalog.source(sourceId) : undefined;
  if (found === undefined) throw new Error('the sources file of the test has mistakes');
  source = found;
}, deadlineMs);
beforeEach(() => {
  sinceMs = Date.now();
});
afterEach(async () => {
  armFailpoints('');
  await Promise.all(runners.splice(0).map((runner) => runner.stop({ deadlineMs: 10_000 })));
  await test.empty(
    'journal.replay',
    'journal.replay_delivery',
    'journal.replay_canary',
    'journal.step',
    'payments.inbox',
  );
});
afterAll(async () => {
  await publisher.close({ deadlineMs: 10_000 });
  await test.drop();
  await service.remove();
  await rm(folder, { recursive: true });
});

/** Deliveries that a broken normaliser could not read; returns the ids of what the good one makes of them. */
async function ingest(count: number): Promise<readonly string[]> {
  const ingested = { codec, installationKey, normalize: brokenNormalizer, count, label: String(sinceMs) };
  const { records, good } = archivedPayments(source, ingested);
  await publisher.publish(records, { deadlineMs });
  return good.map(({ eventId }) => eventId).toSorted();
}

function startRunner(): JobRunner {
  const payments = groupNamed('payments');
  if (payments === undefined) throw new Error('this build has no group payments');
  const runner = createReplayRunner({
    database,
    kafka,
    views: createRecordViews({ registry }),
    groups: [payments],
    tools: () =>
      openReplayTools({
        sourcesFile: join(folder, 'trunkline.yaml'),
        registry,
        publisher: () => Promise.resolve(publisher),
        installationKey,
      }),
    owner: randomBytes(4).toString('hex'),
    log,
  });
  runners.push(runner);
  runner.start();
  return runner;
}

const ask = (given: Partial<AskForReplay> = {}): Promise<ReplayId> =>
  askForReplay(database, {
    tenant: 'tnt_a',
    source: sourceId,
    sinceMs,
    untilMs: Date.now() + 1,
    verdicts: ['unnormalised', 'partial'],
    correction: 0,
    all: false,
    canary: false,
    rate: 1_000,
    note: 'mended',
    actor: 'ada',
    ...given,
  });

async function replayWhen(id: ReplayId, what: string, holds: (replay: Replay) => boolean): Promise<Replay> {
  let found: Replay | undefined;
  const look = async (): Promise<boolean> => {
    found = await findReplay(database, { scope: 'all', id });
    return found !== undefined && holds(found);
  };
  await until(`the replay ${what}`, look, { deadlineMs });
  if (found === undefined) throw new Error('there is no replay');
  return found;
}

const hasEnded = ({ state }: Replay): boolean => state === 'ended';

/** The ids on the topic of payments since the test began, as often as each is there. */
async function published(): Promise<readonly string[]> {
  const ids: string[] = [];
  const reading = {
    topic: eventTopic,
    fromTimestampMs: sinceMs,
    limit: 10_000,
    signal: AbortSignal.timeout(deadlineMs),
  };
  for await (const { headers } of readRecords(kafka, reading)) ids.push(headers[headerName.id] ?? '');
  return ids.toSorted();
}

const canaryEvents = (id: ReplayId) =>
  test.admin<{ readonly event_id: string }>('SELECT event_id FROM journal.replay_canary WHERE job_id = $1::uuid', [
    replayUuid(id),
  ]);

describe('a replay', () => {
  it('publishes under the ids of the first time what a mended normaliser reads, once, and again nothing', async () => {
    const good = await ingest(60);
    startRunner();

    const first = await replayWhen(await ask(), 'ends', hasEnded);
    const verdicts = ['normalised', 'partial', 'unnormalised'];
    const again = await replayWhen(await ask({ verdicts }), 'ends', hasEnded);

    expect(first).toMatchObject({ ending: 'done', counts: { planned: 60, published: 60, events: 60, queued: 0 } });
    expect(again).toMatchObject({ ending: 'done', counts: { planned: 60, published: 0, skipped: 60, events: 0 } });
    expect(await published()).toEqual(good);
    const operator = test.open({ connectionString: test.urlOf('operator') });
    const audit = await operator.transaction([], (tx) => listAudit(tx, { limit: 10 }));
    expect(
      audit
        .toReversed()
        .filter(({ target }) => target === first.id)
        .map(({ action, actor }) => [action, actor]),
    ).toEqual([
      ['replay', 'ada'],
      ['replay end', 'trunkline journal'],
    ]);
  });

  it('is gone on with where its process stops between publishing and noting it, and loses nothing', async () => {
    const good = await ingest(120);
    armFailpoints('replay.after_publish=throw@1');
    const before = startRunner();
    const id = await ask({ rate: 100 });
    await replayWhen(id, 'has published some', ({ counts }) => counts.published > 0);
    await before.stop({ deadlineMs: 10_000 });
    armFailpoints('');

    startRunner();
    await changeReplay(database, { id, change: { rate: 1_000 }, actor: 'bob' });
    const replay = await replayWhen(id, 'ends', hasEnded);

    expect(replay).toMatchObject({ ending: 'done', counts: { planned: 120, published: 120, events: 120 } });
    expect([...new Set(await published())]).toEqual(good);
  });

  it('publishes nothing of another delivery that stands in the place of one by now', async () => {
    const good = await ingest(60);
    const before = startRunner();
    const id = await ask({ rate: 1 });
    await replayWhen(id, 'has published some', ({ counts }) => counts.published > 0);
    await before.stop({ deadlineMs: 10_000 });
    await test.admin(
      `UPDATE journal.replay_delivery AS last SET part = first.part, off = first.off
       FROM journal.replay_delivery AS first WHERE first.place = 1 AND last.place = 60`,
    );

    startRunner();
    await changeReplay(database, { id, change: { rate: 1_000 }, actor: 'bob' });
    const replay = await replayWhen(id, 'ends', hasEnded);

    expect(replay).toMatchObject({ ending: 'done', counts: { planned: 60, published: 59, skipped: 1, events: 59 } });
    const ids = new Set(await published());
    expect(good.filter((each) => !ids.has(each))).toHaveLength(1);
  });

  it('is gone on with when the process that has it is killed', async () => {
    const good = await ingest(120);
    const id = await ask({ rate: 100 });
    const killed = spawn(process.execPath, ['--conditions=@trunkline/source', serviceMain], {
      env: {
        ...process.env,
        TRUNKLINE_KAFKA_BROKERS: kafkaBrokers,
        TRUNKLINE_REGISTRY_URL: registryUrl,
        TRUNKLINE_NAMESPACE: namespace,
        TRUNKLINE_INSTALLATION_KEY: installationKey.toString('hex'),
        TRUNKLINE_DATABASE_URL: test.urlOf('journal'),
        TRUNKLINE_SOURCES: join(folder, 'trunkline.yaml'),
        TRUNKLINE_OPERATOR_PORT: '0',
        TRUNKLINE_RETRY_TIERS: retryTiers.join(','),
        TRUNKLINE_JOB_LEASE_MS: '1000',
        TRUNKLINE_FAILPOINTS: 'replay.after_publish=kill@2',
      },
      stdio: 'ignore',
    });
    onTestFinished(() => void killed.kill('SIGKILL'));
    const [, signal] = await once(killed, 'exit', { signal: AbortSignal.timeout(processDeadlineMs) });
    const before = await findReplay(database, { scope: 'all', id });

    startRunner();
    const replay = await replayWhen(id, 'ends', hasEnded);

    expect(signal).toBe('SIGKILL');
    // What it published last it has not noted.
    expect(before?.counts.published).toBeLessThanOrEqual(20);
    expect(replay).toMatchObject({ ending: 'done', counts: { planned: 120, published: 120, events: 120 } });
    expect([...new Set(await published())]).toEqual(good);
  }, 240_000);

  it('publishes nothing behind its canary where events of it die', async () => {
    await ingest(50);
    startRunner();
    const id = await ask({ canary: true });
    await replayWhen(id, 'has published its canary', ({ counts }) => counts.published === 20);
    const events = await canaryEvents(id);
    const dead = events.map(({ event_id }, place) =>
      deadStep({ offset: BigInt(place), recordId: eventIdOfUuid(event_id) }),
    );
    await createJournalWriter(database, Date.now).write(dead);

    const replay = await replayWhen(id, 'ends', hasEnded);

    expect(replay).toMatchObject({ ending: 'canary_failed', counts: { planned: 50, published: 20, returned: 30 } });
    expect(replay.reason).toContain('20 of 20');
    expect(await published()).toHaveLength(20);
  });

  it('goes on behind its canary when all of its events are applied', async () => {
    const good = await ingest(50);
    startRunner();
    const id = await ask({ canary: true });
    await replayWhen(id, 'has published its canary', ({ counts }) => counts.published === 20);
    for (const { event_id } of await canaryEvents(id))
      await test.admin(
        `INSERT INTO payments.inbox (event_id, tenant_id, outcome, original_topic, original_partition, original_offset, via, attempt, redrive_count)
         VALUES ($1::uuid, 'tnt_a', 'applied', $2, 0, 0, 'main', 1, 0)`,
        [uuidOf(eventIdOfUuid(event_id)), eventTopic],
      );

    const replay = await replayWhen(id, 'ends', hasEnded);

    expect(replay).toMatchObject({ ending: 'done', counts: { planned: 50, published: 50 } });
    expect(await published()).toEqual(good);
  });

  it('stands while it is paused, takes another rate, and leaves on cancel what it has not published', async () => {
    await ingest(100);
    startRunner();
    // One a second: however slow the machine is, most are still to come when it is cancelled.
    const id = await ask({ rate: 1 });
    const change = (wanted: Parameters<typeof changeReplay>[1]['change']) =>
      changeReplay(database, { id, change: wanted, actor: 'bob', note: 'busy' });
    await replayWhen(id, 'has published some', ({ counts }) => counts.published > 0);
    await change({ wanted: 'pause' });
    await change({ rate: 2 });
    await change({ wanted: 'run' });
    const before = await replayWhen(id, 'is read', () => true);
    await replayWhen(id, 'goes on', ({ counts }) => counts.published > before.counts.published);
    await change({ wanted: 'cancel' });
    const replay = await replayWhen(id, 'ends', hasEnded);

    expect(replay).toMatchObject({ ending: 'cancelled', rate: 2, counts: { planned: 100, queued: 0 } });
    expect(replay.counts.published + replay.counts.returned).toBe(100);
    expect(replay.counts.returned).toBeGreaterThan(0);
    expect(await published()).toHaveLength(replay.counts.events);
    await expect(change({ wanted: 'run' })).rejects.toThrow(/is over/);
  });

  it('ends where its source is not in the sources file any more', async () => {
    startRunner();

    const replay = await replayWhen(await ask({ source: 'src_gone' }), 'ends', hasEnded);

    expect(replay).toMatchObject({ ending: 'failed', reason: expect.stringContaining('no source src_gone') });
  });

  it('is seen by nobody of another tenant, nor is its plan', async () => {
    await ingest(3);
    startRunner();
    const id = await ask();
    await replayWhen(id, 'ends', hasEnded);
    const scope = ['tnt_other'];
    const plans = (tenant: string) =>
      database.transaction([tenant], (tx) => tx.query('SELECT delivery_id FROM journal.replay_delivery'));

    expect(await findReplay(database, { scope, id })).toBeUndefined();
    expect(await listReplays(database, { scope, all: true })).toEqual([]);
    expect([await plans('tnt_other'), (await plans('tnt_a')).length]).toEqual([[], 3]);
    expect(await findReplay(database, { scope: ['tnt_a'], id })).toMatchObject({ id });
  });
});
