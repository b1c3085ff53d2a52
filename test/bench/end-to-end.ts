import { readFileSync } from 'node:fs';

import { type ServiceProcess, until } from '@trunkline/installation';
import { percentile, testTopics } from '@trunkline/testkit';

import type { BareConsumerStart } from './baselines/bare-consumer.ts';
import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { connections, throughputOf } from './ingress.ts';
import { wireRequests } from './load/deliveries.ts';
import { assertClean, openLoop } from './load/http-client.ts';
import { startProducer } from './load/producers.ts';
import type { Worker } from './load/worker.ts';
import { type QuietRounds, quietRounds, watchedRound } from './quiet-rounds.ts';
import { ratios } from './statistics.ts';
import type { BenchWorld } from './world.ts';

const loadShare = 0.5;
/** None of our groups reads it, so the raw records make nobody work. */
const rawTopic = 'integration.event.v1';
const settleDeadlineMs = 60_000;

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** B5: from a provider's request to a committed effect, against the least that Kafka allows between two processes. */
export const endToEnd: Benchmark = {
  name: 'end-to-end',
  title: 'B5 · End to end at 50 % load',
  question:
    'From receiving a delivery to its committed effect in Postgres (ingress, Kafka, payments service) at a steady rate of 50 % of what ' +
    'the ingress accepts here while the service consumes; against one raw produce of the same two records to a consumer that does nothing (KafkaJS as it comes) at the same rate.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const world = await run.world();
    const ingress = await world.start({ name: 'ingress', port: world.ingressPort });
    const payments = await world.start({ name: 'payments' });
    const path = { run, world, payments, sent: 0 };
    const perSecond = Math.max(1, Math.round((await capacityOf(path, ingress)) * loadShare));
    run.onProgress(`measured at ${perSecond}/s`);
    const producer = await startProducer(world, 'kafkajs', rawTopic);
    const reader = world.baseline('bare-consumer');
    await reader.ask({ start: rawReader(world, rawTopic) }, 30_000);

    const found = await quietRounds(run, async () => {
      const { measured: latencies, others } = await watchedRound(() => effectLatencies(path, perSecond));
      await producer.run({ perSecond, seconds: run.seconds });
      const measured = {
        effect: percentiles(latencies),
        raw: percentiles(await readLatencies(reader, perSecond * run.seconds)),
      };
      run.onProgress(`p99 ${measured.effect.p99.toFixed(1)} ms, raw ${measured.raw.p99.toFixed(1)} ms`);
      return { measured, others };
    });
    await reader.ask('stop', 10_000);
    return reportOf(found, perSecond);
  },
};

interface Path {
  readonly run: BenchRun;
  readonly world: BenchWorld;
  readonly payments: ServiceProcess;
  /** Deliveries so far: each is to be an event of its own. */
  sent: number;
}

/** Prepared for a closed loop, which sends as many as it can; beyond it they repeat. */
const closedLoopDeliveries = 20_000;

/** The second of two: the first one compiles. The service goes on until it has nothing left. */
async function capacityOf(path: Path, ingress: ServiceProcess): Promise<number> {
  const { run, world } = path;
  let accepted = 0;
  for (let time = 0; time < 2; time += 1) {
    const requests = next(path, closedLoopDeliveries);
    const load = { requests, seconds: run.seconds, signal: run.signal };
    const server = { what: 'ingress', pid: ingress.pid, port: world.ingressPort };
    accepted = (await throughputOf(server, load)).perSecond;
    await quiet(path);
  }
  return accepted;
}

function next(path: Path, count: number): readonly Buffer[] {
  const requests = wireRequests(path.world.settings, count, path.sent);
  path.sent += count;
  return requests;
}

/** The service tells of each event when its transaction is committed, and the delivery's id holds when it was received. */
async function effectLatencies(path: Path, perSecond: number): Promise<readonly number[]> {
  const { run, world, payments } = path;
  const count = perSecond * run.seconds;
  const before = attemptsIn(payments.logFile).length;
  const requests = next(path, count);
  assertClean(
    'ingress',
    await openLoop({
      port: world.ingressPort,
      connections,
      seconds: run.seconds,
      perSecond,
      requests,
      signal: run.signal,
    }),
  );
  await until('every delivery has its effect', () => attemptsIn(payments.logFile).length >= before + count, {
    deadlineMs: settleDeadlineMs,
    everyMs: 500,
  });
  return attemptsIn(payments.logFile).slice(before);
}

/** Until the service has told nothing new for a while. */
async function quiet({ payments }: Path): Promise<void> {
  let last = -1;
  await until(
    'the service has nothing left to do',
    () => {
      const now = attemptsIn(payments.logFile).length;
      const isQuiet = now === last;
      last = now;
      return isQuiet;
    },
    { deadlineMs: settleDeadlineMs, everyMs: 1_000 },
  );
}

function attemptsIn(logFile: string): readonly number[] {
  const latenciesMs: number[] = [];
  for (const line of readFileSync(logFile, 'utf8').split('\n')) {
    if (!line.includes('"outcome":"applied"') || !line.endsWith('}')) continue;
    const { time, deliveryId } = JSON.parse(line) as { readonly time: string; readonly deliveryId: string };
    latenciesMs.push(Date.parse(time) - receivedAtMs(deliveryId));
  }
  return latenciesMs;
}

/** The first 48 bits of a UUIDv7. */
function receivedAtMs(deliveryId: string): number {
  return Number.parseInt(deliveryId.slice(4, 16), 16);
}

export function rawReader({ installation }: BenchWorld, topic: string): BareConsumerStart {
  return {
    brokers: installation.endpoints.kafkaBrokers.split(','),
    wireTopic: `${installation.namespace}${topic}`,
    group: `${installation.namespace}bench-raw`,
    registryUrl: installation.endpoints.registryUrl,
    namespace: installation.namespace,
    databaseUrl: undefined,
    partitions: testTopics.partitions,
    batchRecords: 500,
    timed: true,
  };
}

export async function readLatencies(reader: Worker, count: number): Promise<readonly number[]> {
  const read: number[] = [];
  await until(
    'the raw consumer has read everything',
    async () => {
      read.push(...(await reader.ask<readonly number[]>('latencies', 10_000)));
      return read.length >= count;
    },
    { deadlineMs: settleDeadlineMs, everyMs: 250 },
  );
  return read;
}

function percentiles(latenciesMs: readonly number[]): Percentiles {
  return { p50: percentile(latenciesMs, 0.5), p99: percentile(latenciesMs, 0.99) };
}

interface Measured {
  readonly effect: Percentiles;
  readonly raw: Percentiles;
}

function reportOf({ rounds, note }: QuietRounds<Measured>, perSecond: number): BenchReport {
  const effect = rounds.map((round) => round.effect);
  const raw = rounds.map((round) => round.raw);
  const p50 = (side: readonly Percentiles[]): readonly number[] => side.map((one) => one.p50);
  const p99 = (side: readonly Percentiles[]): readonly number[] => side.map((one) => one.p99);
  return {
    figures: [
      { label: 'received to effect committed, p50', unit: 'ms', perRound: p50(effect) },
      { label: 'received to effect committed, p99', unit: 'ms', perRound: p99(effect) },
      { label: 'raw produce to consume, p50', unit: 'ms', perRound: p50(raw) },
      { label: 'raw produce to consume, p99', unit: 'ms', perRound: p99(raw) },
      { label: 'p99 / raw p99', unit: '×', perRound: ratios(p99(effect), p99(raw)) },
    ],
    bars: [{ figure: 'p99 / raw p99', is: 'at most', first: 5, goal: 3 }],
    notes: [
      note,
      `An open loop at ${perSecond}/s. The load is half of what the ingress accepts and not half of B3: on one machine the ingress is spent before the service is.`,
      'Clocks are read to the millisecond: when the ingress had the delivery (in its id), and when the service told that its transaction was committed.',
    ],
  };
}
