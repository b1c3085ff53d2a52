import { createHash, randomUUID } from 'node:crypto';

import { until } from '@trunkline/installation';
import { createPublisher, type Publisher } from '@trunkline/kafka';
import { addToOutbox, type Database, type OutboxRow } from '@trunkline/postgres';
import { createRelay, defaultRelayLimits } from '@trunkline/relay';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { warmUpSeconds } from './ingress.ts';
import { openDatabase } from './open-database.ts';
import { ratios } from './statistics.ts';
import type { BenchWorld } from './world.ts';

/** About what is published in a second, so that `--seconds` decides how long a round takes. */
const rowsPerSecond = 5_000;
const topic = 'notifications.request.v1';
const schema = 'payments';
/** A request with its parameters. */
const valueBytes = 400;
const rowsOfATransaction = 500;
const tenants = 20;
const recipientsOfATenant = 100;
const publishDeadlineMs = 30_000;
const drainDeadlineMs = 120_000;

/** A filled outbox through the relay, against the same records through the same publisher with nothing before it. */
export const relay: Benchmark = {
  name: 'relay',
  title: 'Relay throughput',
  question:
    `Records per second from a filled outbox onto the topic, deleted after acks=all (${tenants} tenants, ${tenants * recipientsOfATenant} keys, ${valueBytes} bytes each); ` +
    `against records like them in the same batches of ${defaultRelayLimits.relayBatchRecords} through the same publisher, ${defaultRelayLimits.relayWorkers} batches at a time, held in memory.`,
  run: async (run: BenchRun): Promise<BenchReport> => {
    const bench = await prepare(await run.world());
    const found = { relayed: [] as Pace[], raw: [] as Pace[], filled: [] as Pace[] };
    // The first round is for the compiler and the tables: both sides become faster for seconds, publishing alone twice as fast.
    for (let round = 0; round <= run.rounds; round += 1) {
      run.signal.throwIfAborted();
      const count = rowsPerSecond * (round === 0 ? Math.max(run.seconds, warmUpSeconds) : run.seconds);
      const filled = await fillWith(bench.database, count);
      // No row is in memory while they are relayed, as in a service: V8 would look through all of them again and again.
      const relayed = await timed(count, () => relayAll(bench, count));
      const raw = await publishAlone(bench.publisher, count);
      if (round === 0) continue;
      found.filled.push(filled);
      found.relayed.push(relayed);
      found.raw.push(raw);
      run.onProgress(
        `round ${round}: ${Math.round(relayed.perSecond)}/s, publishing alone ${Math.round(raw.perSecond)}/s`,
      );
    }
    return reportOf(found);
  },
};

function reportOf(found: Readonly<Record<'relayed' | 'raw' | 'filled', readonly Pace[]>>): BenchReport {
  const perSecond = (side: readonly Pace[]): readonly number[] => side.map((pace) => pace.perSecond);
  const cpuUs = (side: readonly Pace[]): readonly number[] => side.map((pace) => pace.cpuUs);
  return {
    figures: [
      { label: 'relay', unit: '/s', perRound: perSecond(found.relayed) },
      { label: 'publishing alone', unit: '/s', perRound: perSecond(found.raw) },
      {
        label: 'relay / publishing alone',
        unit: '×',
        perRound: ratios(perSecond(found.relayed), perSecond(found.raw)),
      },
      { label: 'CPU of the process per record relayed', unit: 'µs', perRound: cpuUs(found.relayed) },
      { label: 'CPU of the process per record published alone', unit: 'µs', perRound: cpuUs(found.raw) },
      {
        label: `writing to the outbox, ${rowsOfATransaction} a transaction`,
        unit: '/s',
        perRound: perSecond(found.filled),
      },
    ],
    bars: [{ figure: 'relay / publishing alone', is: 'at least', first: 0.5 }],
    notes: [
      'Broker, Postgres and the one process that does both sides share the machine. The relay has nobody beside it.',
    ],
  };
}

interface Bench {
  readonly database: Database;
  readonly publisher: Publisher;
}

async function prepare(world: BenchWorld): Promise<Bench> {
  const database = openDatabase(world, schema, { maxConnections: 4 });
  const publisher = await createPublisher(world.kafka);
  world.endWith(() => publisher.close({ deadlineMs: 5_000 }));
  return { database, publisher };
}

/** Values that do not compress to nothing. */
function rowsOf(count: number): readonly OutboxRow[] {
  return Array.from({ length: count }, (_, index) => {
    const tenantId = `tnt_${index % tenants}`;
    const recordId = randomUUID();
    const digest = createHash('sha512').update(recordId).digest('base64');
    return {
      recordId,
      tenantId,
      topic,
      key: Buffer.from(`${tenantId}/per_${Math.floor(index / tenants) % recipientsOfATenant}`),
      value: Buffer.from(digest.repeat(Math.ceil(valueBytes / digest.length))).subarray(0, valueBytes),
      headers: {
        ce_specversion: '1.0',
        ce_id: `req_${recordId.replaceAll('-', '')}`,
        ce_type: 'notifications.request.send',
        ce_source: `/tenants/${tenantId}/groups/${schema}`,
        'content-type': 'application/avro',
      },
    };
  });
}

interface Pace {
  readonly perSecond: number;
  /** Of this process, per row. */
  readonly cpuUs: number;
}

async function timed(count: number, work: () => Promise<void>): Promise<Pace> {
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return {
    perSecond: (count * 1_000) / (performance.now() - startedAtMs),
    cpuUs: (user + system) / count,
  };
}

async function fillWith(database: Database, count: number): Promise<Pace> {
  const filling = batches(rowsOf(count), rowsOfATransaction);
  return await timed(count, async () => {
    for (const batch of filling) await database.transaction([], (tx) => addToOutbox(tx, batch));
  });
}

/** Until the last row is deleted: a batch counts when its transaction has committed. */
async function relayAll({ database, publisher }: Bench, count: number): Promise<void> {
  let published = 0;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const metrics = {
    count: (_name: 'outbox_published_total', _labels: { readonly topic: string }, by: number): void => {
      published += by;
    },
    gauge: () => undefined,
  };
  const running = createRelay({ database, publisher, log, metrics });
  running.start();
  try {
    await until('the outbox is published', () => published >= count, { deadlineMs: drainDeadlineMs, everyMs: 5 });
  } finally {
    await running.stop({ deadlineMs: 5_000 });
  }
}

/** Rows like those of the outbox, in memory from the beginning. */
async function publishAlone(publisher: Publisher, count: number): Promise<Pace> {
  const left = batches(rowsOf(count), defaultRelayLimits.relayBatchRecords).values();
  const work = async (): Promise<void> => {
    for (const batch of left) await publisher.publish(batch, { deadlineMs: publishDeadlineMs });
  };
  return await timed(count, async () => {
    await Promise.all(Array.from({ length: defaultRelayLimits.relayWorkers }, work));
  });
}

function batches(rows: readonly OutboxRow[], size: number): readonly (readonly OutboxRow[])[] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, index) =>
    rows.slice(index * size, (index + 1) * size),
  );
}
