import { freePorts, until } from '@trunkline/installation';
import { createPublisher, type Publisher } from '@trunkline/kafka';
import type { Database } from '@trunkline/postgres';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { batchRecords, drained } from './consumer.ts';
import { connections, differentDeliveries, throughputOf } from './ingress.ts';
import { cpuSeconds } from './load/cpu-time.ts';
import { createRecordMaker, type RecordMaker, wireRequests } from './load/deliveries.ts';
import { paymentsWith } from './load/payments-service.ts';
import type { BenchWorld } from './world.ts';

/** About what the journal indexes in a second: of fewer, half of what is measured would be its compiler. */
const webhooksPerSecond = 18_000;
/** Of each webhook: the delivery and its event. */
const recordsOfWebhook = 2;
/** Of a drain: what is indexed before anything counts, because a process that starts anew compiles first. */
const warmUpShare = 0.35;
const drainDeadlineMs = 180_000;

/** What the index of a webhook costs, beside taking it in and applying it. */
export const journal: Benchmark = {
  name: 'journal',
  title: 'Indexing',
  question:
    'CPU per record that the journal indexes, of its process and of its Postgres connections together: deliveries of 1 KB and the payment that each became, from a backlog; ' +
    'per webhook against the processes of the ingress and of the payments service (its projection alone) for such a webhook, whose Postgres is not counted.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const taking = await startTaking(await run.world());
    const bench = await prepare(await run.world());
    const found: Found = { node: [], postgres: [], perSecond: [], ingress: [], consumer: [] };
    // The first round is for the compiler and the tables.
    for (let round = 0; round <= run.rounds; round += 1) {
      run.signal.throwIfAborted();
      const ingress = await taking(run);
      await fill(bench, webhooksPerSecond * (round === 0 ? 1 : run.seconds));
      const index = await indexAll(bench);
      const consumer = await applyAll(bench);
      if (round === 0) continue;
      found.node.push(index.nodeUs);
      found.postgres.push(index.postgresUs);
      found.perSecond.push(index.perSecond);
      found.ingress.push(ingress);
      found.consumer.push(consumer);
      run.onProgress(`round ${round}: ${(index.nodeUs + index.postgresUs).toFixed(1)} µs a record`);
    }
    return reportOf(found, await bytesOfRow(bench.database));
  },
};

/** CPU of the ingress per delivery, µs. */
async function startTaking(world: BenchWorld): Promise<(run: BenchRun) => Promise<number>> {
  const [port = 0] = await freePorts(1);
  const ingress = await world.start({ name: 'ingress', port });
  return async ({ seconds, signal }) => {
    const requests = wireRequests(world.settings, differentDeliveries);
    const { cpuUs } = await throughputOf({ what: 'ingress', pid: ingress.pid, port }, { requests, seconds, signal });
    return cpuUs;
  };
}

interface Bench {
  readonly world: BenchWorld;
  readonly maker: RecordMaker;
  readonly publisher: Publisher;
  readonly database: Database;
  readonly counters: { published: number; inTopics: number };
}

async function prepare(world: BenchWorld): Promise<Bench> {
  const publisher = await createPublisher(world.kafka);
  world.endWith(() => publisher.close({ deadlineMs: 5_000 }));
  const maker = await createRecordMaker(world, world.settings);
  return { world, maker, publisher, database: world.database, counters: { published: 0, inTopics: 0 } };
}

const fillChunk = 250;

async function fill({ maker, publisher, database, counters }: Bench, webhooks: number): Promise<void> {
  await database.transaction([], (tx) => tx.query('TRUNCATE payments.inbox, payments.payment'));
  counters.inTopics = webhooks;
  for (let begin = 0; begin < webhooks; begin += fillChunk) {
    const count = Math.min(fillChunk, webhooks - begin);
    const records = Array.from({ length: count }, () => maker.records((counters.published += 1))).flat();
    await publisher.publish(records, { deadlineMs: 30_000 });
  }
}

interface Indexing {
  readonly nodeUs: number;
  readonly postgresUs: number;
  /** Records. */
  readonly perSecond: number;
}

async function indexAll(bench: Bench): Promise<Indexing> {
  const { world, database, counters } = bench;
  const before = await countIndexed(database);
  const process = await world.start({ name: 'journal' });
  try {
    const reached = async (records: number): Promise<Reached> =>
      until(
        'the journal has indexed everything',
        async () => {
          const indexed = (await countIndexed(database)) - before;
          if (indexed < records) return undefined;
          const postgres = (await connectionPids(bench)).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
          return { indexed, node: cpuSeconds(process.pid), postgres, atMs: performance.now() };
        },
        { deadlineMs: drainDeadlineMs, everyMs: 50 },
      );
    const all = counters.inTopics * recordsOfWebhook;
    const warm = await reached(Math.ceil(all * warmUpShare));
    const end = await reached(all);
    const records = end.indexed - warm.indexed;
    return {
      nodeUs: ((end.node - warm.node) * 1_000_000) / records,
      postgresUs: ((end.postgres - warm.postgres) * 1_000_000) / records,
      perSecond: (records * 1_000) / (end.atMs - warm.atMs),
    };
  } finally {
    await process.stop();
  }
}

interface Reached {
  readonly indexed: number;
  readonly node: number;
  readonly postgres: number;
  readonly atMs: number;
}

/** Every delivery and every event counts once, whether or not it has a row of its own. */
async function countIndexed(database: Database): Promise<number> {
  const [row] = await database.statement<{ readonly n: number }>(
    `SELECT coalesce(sum(count), 0)::int AS n FROM journal.rollup WHERE kind IN ('type', 'verdict')`,
    [],
  );
  return row?.n ?? 0;
}

/** The server processes that work for the journal. */
async function connectionPids({ world, database }: Bench): Promise<readonly number[]> {
  const rows = await database.statement<{ readonly pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE usename = $1',
    [`${world.installation.database}_journal`],
  );
  return rows.map(({ pid }) => pid);
}

async function applyAll({ world, database, counters }: Bench): Promise<number> {
  const process = await world.start(paymentsWith('projection', batchRecords));
  try {
    return (await drained(database, counters.inTopics, process.pid)).cpuUs;
  } finally {
    await process.stop();
  }
}

async function bytesOfRow(database: Database): Promise<number> {
  const [row] = await database.statement<{ readonly bytes: number }>(
    `SELECT (sum(pg_total_relation_size(inhrelid)) / greatest((SELECT count(*) FROM journal.event), 1))::float8 AS bytes
     FROM pg_inherits WHERE inhparent = 'journal.event'::regclass`,
    [],
  );
  return Math.round(row?.bytes ?? 0);
}

interface Found {
  readonly node: number[];
  readonly postgres: number[];
  readonly perSecond: number[];
  readonly ingress: number[];
  readonly consumer: number[];
}

function reportOf({ node, postgres, perSecond, ingress, consumer }: Found, rowBytes: number): BenchReport {
  const record = node.map((us, round) => us + (postgres[round] ?? Number.NaN));
  const webhook = record.map((us) => us * recordsOfWebhook);
  const share = webhook.map((us, round) => us / ((ingress[round] ?? Number.NaN) + (consumer[round] ?? Number.NaN)));
  return {
    figures: [
      { label: 'CPU per record', unit: 'µs', perRound: record },
      { label: 'of it the process', unit: 'µs', perRound: node },
      { label: 'of it Postgres', unit: 'µs', perRound: postgres },
      { label: 'CPU per webhook, two records', unit: 'µs', perRound: webhook },
      { label: 'CPU of the ingress per webhook', unit: 'µs', perRound: ingress },
      { label: 'CPU of the payments service per event', unit: 'µs', perRound: consumer },
      { label: 'journal / (ingress + payments service)', unit: '×', perRound: share },
      { label: 'records indexed', unit: '/s', perRound: perSecond },
    ],
    bars: [
      { figure: 'CPU per record', is: 'at most', first: 15 },
      { figure: 'CPU per webhook, two records', is: 'at most', first: 25 },
      { figure: 'journal / (ingress + payments service)', is: 'at most', first: 0.08 },
    ],
    notes: [
      `An event takes ${rowBytes} bytes, its indexes included; its delivery, when it became that event alone, none.`,
      `The ingress answers over ${connections} connections all the time. All three are measured in the same round, one after the other.`,
    ],
  };
}
