import { schemas } from '@trunkline/consumer';
import { databaseUrlOf, migrateServices, until } from '@trunkline/installation';
import { createPublisher, type Publisher } from '@trunkline/kafka';
import { createDatabase, type Database, withDatabase } from '@trunkline/postgres';
import { testTopics } from '@trunkline/testkit';

import type { BareConsumerCount, BareConsumerStart } from './baselines/bare-consumer.ts';
import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { cpuSeconds } from './load/cpu-time.ts';
import { benchTopic, createRecordMaker, type RecordMaker } from './load/deliveries.ts';
import { paymentsWith } from './load/payments-service.ts';
import { ratios } from './statistics.ts';
import type { BenchWorld } from './world.ts';

/** About what is drained in a second, so that `--seconds` decides how long a round takes. */
export const backlogPerSecond = 8_000;
/** Of a backlog: what each side drains before anything counts, because a process that starts anew compiles first. */
const warmUpShare = 0.35;
export const batchRecords = 500;
export const drainDeadlineMs = 120_000;

/** B3: exactly-once effects by the real service, against a script that does the same work and is careful about nothing. */
export const consumer: Benchmark = {
  name: 'consumer',
  title: 'B3 · Consumer throughput',
  question:
    'Events per second from a filled topic into Postgres by the payments service with its projection alone (inbox row and state in one transaction, ' +
    `${testTopics.partitions} partitions, up to ${batchRecords} events a transaction); against a bare script that runs the same two statements per batch from KafkaJS ` +
    'eachBatch. Each round fills the topic once and both drain it; afterwards their tables must be equal.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const bench = await prepare(await run.world());
    const found = { service: [] as Drain[], bare: [] as Drain[], nothing: [] as number[] };
    // The first round is for the compiler and the tables.
    for (let round = 0; round <= run.rounds; round += 1) {
      run.signal.throwIfAborted();
      const events = round === 0 ? backlogPerSecond : backlogPerSecond * run.seconds;
      await fill(bench, events);
      const service = await drainWithService(bench, events);
      const bare = await drainWithScript(bench, events);
      const nothing = await readOnly(bench, events);
      await assertEqualTables(bench);
      if (round === 0) continue;
      found.service.push(service);
      found.bare.push(bare);
      found.nothing.push(nothing);
      run.onProgress(`round ${round}: ${Math.round(service.perSecond)}/s, bare ${Math.round(bare.perSecond)}/s`);
    }
    return reportOf(found);
  },
};

interface Bench {
  readonly world: BenchWorld;
  readonly maker: RecordMaker;
  readonly publisher: Publisher;
  /** Of the service and of the script, as an administrator. */
  readonly service: Database;
  readonly bare: Database;
  readonly bareUrl: string;
  readonly counters: { published: number; consumed: number };
}

export interface Drain {
  readonly perSecond: number;
  readonly cpuUs: number;
}

async function prepare(world: BenchWorld): Promise<Bench> {
  const { installation } = world;
  const database = `${installation.database}_bare`;
  await migrateServices({ ...installation, database, schemas });
  const bare = createDatabase({
    connectionString: withDatabase(installation.endpoints.postgresAdminUrl, database),
    schema: 'payments',
    applicationName: 'trunkline-bench',
    maxConnections: 2,
    statementTimeoutMs: 60_000,
    connectTimeoutMs: 10_000,
  });
  const publisher = await createPublisher(world.kafka);
  world.endWith(() => bare.close({ deadlineMs: 5_000 }));
  world.endWith(() => publisher.close({ deadlineMs: 5_000 }));
  return {
    world,
    maker: await createRecordMaker(world, world.settings),
    publisher,
    service: world.database,
    bare,
    bareUrl: databaseUrlOf({ ...installation, database }, 'payments'),
    counters: { published: 0, consumed: 0 },
  };
}

const fillChunk = 500;

async function fill({ maker, publisher, service, bare, counters }: Bench, events: number): Promise<void> {
  for (const database of [service, bare])
    await database.transaction([], (tx) => tx.query('TRUNCATE payments.inbox, payments.payment'));
  for (let begin = 0; begin < events; begin += fillChunk) {
    const count = Math.min(fillChunk, events - begin);
    const records = Array.from({ length: count }, () => maker.records((counters.published += 1))[1]);
    await publisher.publish(records, { deadlineMs: 30_000 });
  }
}

async function drainWithService({ world, service }: Bench, events: number): Promise<Drain> {
  const process = await world.start(paymentsWith('projection', batchRecords));
  try {
    return await drained(service, events, process.pid);
  } finally {
    await process.stop();
  }
}

async function drainWithScript(bench: Bench, events: number): Promise<Drain> {
  const script = bench.world.baseline('bare-consumer');
  try {
    await script.ask({ start: startOf(bench, 'bare', bench.bareUrl) }, 30_000);
    const drain = await drained(bench.bare, events, script.pid);
    await script.ask('stop', 10_000);
    return drain;
  } finally {
    await script.stop();
  }
}

/** The same records without any effect: what reading them alone allows. */
async function readOnly(bench: Bench, events: number): Promise<number> {
  const script = bench.world.baseline('bare-consumer');
  try {
    await script.ask({ start: startOf(bench, 'nothing', undefined) }, 30_000);
    const count = await until(
      'everything is read',
      async () => {
        const now = await script.ask<BareConsumerCount>('count', 5_000);
        return now.records >= events ? now : undefined;
      },
      { deadlineMs: drainDeadlineMs },
    );
    await script.ask('stop', 10_000);
    return count.recordsInTime / count.seconds;
  } finally {
    await script.stop();
  }
}

function startOf({ world }: Bench, group: string, databaseUrl: string | undefined): BareConsumerStart {
  const { endpoints, namespace } = world.installation;
  return {
    brokers: endpoints.kafkaBrokers.split(','),
    wireTopic: world.kafka.onWire(benchTopic),
    group: `${namespace}${group}`,
    registryUrl: endpoints.registryUrl,
    namespace,
    databaseUrl,
    partitions: testTopics.partitions,
    batchRecords,
  };
}

/**
 * Timed by Postgres, alike for both sides: every inbox row carries the time its transaction began. The rate is that of
 * the rows after the warm-up: those of all transactions from there but the last, over the time between the two.
 */
export async function drained(database: Database, events: number, pid: number): Promise<Drain> {
  const reached = async (rows: number): Promise<Reached> =>
    until(
      'the topic is drained',
      async () => {
        const now = await countRows(database);
        return now >= rows ? { rows: now, cpuSeconds: cpuSeconds(pid) } : undefined;
      },
      { deadlineMs: drainDeadlineMs, everyMs: 100 },
    );
  const warm = await reached(Math.ceil(events * warmUpShare));
  const end = await reached(events);
  const cpuUs = ((end.cpuSeconds - warm.cpuSeconds) * 1_000_000) / (end.rows - warm.rows);
  const [rate] = await database.transaction([], (tx) =>
    tx.query<{ per_second: number }>(rateSql, [Math.ceil(events * warmUpShare)]),
  );
  return { perSecond: rate?.per_second ?? Number.NaN, cpuUs };
}

interface Reached {
  readonly rows: number;
  readonly cpuSeconds: number;
}

const rateSql = `
WITH warm AS (SELECT processed_at AS since FROM payments.inbox ORDER BY processed_at OFFSET $1::int LIMIT 1),
     edge AS (SELECT since, max(processed_at) AS last FROM payments.inbox, warm GROUP BY since)
SELECT (count(*) / extract(epoch FROM last - since))::float8 AS per_second
FROM payments.inbox, edge WHERE processed_at >= since AND processed_at < last GROUP BY since, last`;

async function countRows(database: Database): Promise<number> {
  const [row] = await database.transaction([], (tx) =>
    tx.query<{ rows: number }>('SELECT count(*)::int AS rows FROM payments.inbox'),
  );
  return row?.rows ?? 0;
}

/** Else a script that forgets half of the work would be the faster one. */
async function assertEqualTables({ service, bare }: Bench): Promise<void> {
  const digest = (database: Database): Promise<readonly { digest: string }[]> =>
    database.transaction([], (tx) => tx.query<{ digest: string }>(digestSql));
  const [[ours], [theirs]] = await Promise.all([digest(service), digest(bare)]);
  if (ours === undefined || ours.digest !== theirs?.digest) throw new Error('the two sides did not do the same work');
}

const digestSql = `
SELECT count(*) || ' ' || md5(string_agg((to_jsonb(p) - 'updated_at')::text, ',' ORDER BY entity_id)) AS digest
FROM payments.payment p`;

interface Found {
  readonly service: readonly Drain[];
  readonly bare: readonly Drain[];
  readonly nothing: readonly number[];
}

function reportOf({ service, bare, nothing }: Found): BenchReport {
  const perSecond = (side: readonly Drain[]): readonly number[] => side.map((drain) => drain.perSecond);
  const cpuUs = (side: readonly Drain[]): readonly number[] => side.map((drain) => drain.cpuUs);
  return {
    figures: [
      { label: 'Trunkline payments service', unit: '/s', perRound: perSecond(service) },
      { label: 'bare script, same SQL, KafkaJS eachBatch', unit: '/s', perRound: perSecond(bare) },
      { label: 'service / bare script', unit: '×', perRound: ratios(perSecond(service), perSecond(bare)) },
      { label: 'CPU, bare script / service', unit: '×', perRound: ratios(cpuUs(bare), cpuUs(service)) },
      { label: 'the script without effects: reading only', unit: '/s', perRound: nothing },
      { label: 'CPU of the service per event', unit: 'µs', perRound: cpuUs(service) },
      { label: 'CPU of the script per event', unit: 'µs', perRound: cpuUs(bare) },
    ],
    bars: [{ figure: 'service / bare script', is: 'at least', first: 0.7, goal: 0.85 }],
    notes: [
      'The projection alone: what the service keeps for erasures beside it (who took part in what) is in neither, and the ledger has a benchmark of its own.',
      'The script has neither retries, dead letters, header checks, staleness per event, logs nor metrics; it decodes with our codec, the fastest at hand, works on all partitions at once, and has KafkaJS as it comes.',
      `Rates and CPU are those after the first ${warmUpShare * 100} % of a drain, on both sides: what starts anew compiles first. Timed by Postgres between transactions.`,
    ],
  };
}
