import { until } from '@trunkline/installation';
import { createPublisher, type Publisher, readRecords } from '@trunkline/kafka';
import type { Database } from '@trunkline/postgres';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { cpuSeconds } from './load/cpu-time.ts';
import { benchTopic, createRecordMaker, type RecordMaker } from './load/deliveries.ts';
import type { BenchWorld } from './world.ts';

/** Enough that pages and indexes are full; the figures are bytes, so a longer round says no more. */
const events = 10_000;
const batchEvents = 250;
const topics = ['ingress.delivery.v1', benchTopic] as const;
const deadlineMs = 300_000;

/** What one event takes on Kafka and in Postgres: what docs/capacity.md is reckoned from. */
export const sizes: Benchmark = {
  name: 'sizes',
  title: 'What an event takes',
  question:
    'Bytes of a delivery of 1 KB and of the payment that it becomes, as records on Kafka; and what Postgres keeps, logs ahead (WAL) and computes for them, by the payments service with everything it does and by the journal.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const bench = await prepare(await run.world());
    const found: Found = { delivery: [], event: [], applied: [], indexed: [] };
    for (let round = 1; round <= run.rounds; round += 1) {
      run.signal.throwIfAborted();
      await fill(bench, round);
      found.applied.push(await workOf(bench, { name: 'payments', table: 'payments.inbox', done: round * events }));
      found.indexed.push(await workOf(bench, { name: 'journal', table: 'journal.event', done: round * events }));
      found.delivery.push(await bytesOnKafka(bench.world, topics[0]));
      found.event.push(await bytesOnKafka(bench.world, topics[1]));
      run.onProgress(`round ${round}: ${Math.round(found.applied.at(-1)?.rowBytes ?? 0)} bytes an event in Postgres`);
    }
    return reportOf(found);
  },
};

interface Bench {
  readonly world: BenchWorld;
  readonly maker: RecordMaker;
  readonly publisher: Publisher;
}

async function prepare(world: BenchWorld): Promise<Bench> {
  const publisher = await createPublisher(world.kafka);
  world.endWith(() => publisher.close({ deadlineMs: 5_000 }));
  return { world, maker: await createRecordMaker(world, world.settings), publisher };
}

async function fill({ maker, publisher }: Bench, round: number): Promise<void> {
  for (let begin = 0; begin < events; begin += batchEvents) {
    const records = Array.from({ length: batchEvents }, (_, n) => maker.records(round * events + begin + n)).flat();
    await publisher.publish(records, { deadlineMs: 60_000 });
  }
}

interface Work {
  /** Tables and indexes. */
  readonly rowBytes: number;
  readonly walBytes: number;
  /** Of the connections of the service, µs. */
  readonly cpuUs: number;
}

interface Worker {
  readonly name: 'payments' | 'journal';
  /** Has one row for each event when the work is done. */
  readonly table: string;
  readonly done: number;
}

/** Starts the service, waits until it has done its work, and divides what that took by the events. */
async function workOf({ world }: Bench, { name, table, done }: Worker): Promise<Work> {
  const { database } = world;
  const before = await standing(database, name);
  const service = await world.start({ name });
  try {
    await until(`${name} has done its work`, async () => (await countRows(database, table)) >= done, {
      deadlineMs,
      everyMs: 500,
    });
    const cpu = (await connectionPids(world, name)).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
    const after = await standing(database, name);
    return {
      rowBytes: (after.bytes - before.bytes) / events,
      walBytes: (after.wal - before.wal) / events,
      cpuUs: (cpu * 1_000_000) / events,
    };
  } finally {
    await service.stop();
  }
}

interface Standing {
  readonly bytes: number;
  /** Of the whole server, on which nothing else runs. */
  readonly wal: number;
}

async function standing(database: Database, schema: string): Promise<Standing> {
  const [row] = await database.statement<Standing>(
    `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 AS bytes,
            pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS wal
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind = 'r'`,
    [schema],
  );
  return row ?? { bytes: 0, wal: 0 };
}

async function countRows(database: Database, table: string): Promise<number> {
  const [row] = await database.statement<{ readonly rows: number }>(`SELECT count(*)::int AS rows FROM ${table}`, []);
  return row?.rows ?? 0;
}

async function connectionPids({ installation, database }: BenchWorld, login: string): Promise<readonly number[]> {
  const rows = await database.statement<{ readonly pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE usename = $1',
    [`${installation.database}_${login}`],
  );
  return rows.map(({ pid }) => pid);
}

/** Key, value and headers of a record, on average; the producer compresses nothing. */
async function bytesOnKafka({ kafka }: BenchWorld, topic: string): Promise<number> {
  const signal = AbortSignal.timeout(deadlineMs);
  let records = 0;
  let bytes = 0;
  for await (const { sizeBytes } of readRecords(kafka, { topic, limit: events, signal })) {
    records += 1;
    bytes += sizeBytes;
  }
  return bytes / records;
}

interface Found {
  readonly delivery: number[];
  readonly event: number[];
  readonly applied: Work[];
  readonly indexed: Work[];
}

function reportOf({ delivery, event, applied, indexed }: Found): BenchReport {
  return {
    figures: [
      { label: 'delivery on Kafka', unit: 'B', perRound: delivery },
      { label: 'event on Kafka', unit: 'B', perRound: event },
      {
        label: 'rows and indexes of the payments service',
        unit: 'B',
        perRound: applied.map(({ rowBytes }) => rowBytes),
      },
      { label: 'WAL of the payments service', unit: 'B', perRound: applied.map(({ walBytes }) => walBytes) },
      { label: 'CPU of Postgres for the payments service', unit: 'µs', perRound: applied.map(({ cpuUs }) => cpuUs) },
      { label: 'rows and indexes of the journal', unit: 'B', perRound: indexed.map(({ rowBytes }) => rowBytes) },
      { label: 'WAL of the journal', unit: 'B', perRound: indexed.map(({ walBytes }) => walBytes) },
      { label: 'CPU of Postgres for the journal', unit: 'µs', perRound: indexed.map(({ cpuUs }) => cpuUs) },
    ],
    bars: [],
    notes: [
      `${events.toLocaleString('en-US')} events a round, each of a payment of its own; per event. Kafka adds some 60 bytes a batch of records.`,
      'WAL holds whole pages after each checkpoint, so it depends on how often that is. CPU is that of the connections: a checkpointer works beside them.',
      'A process starts anew in each round: what its connections compute until they are warm counts.',
    ],
  };
}
