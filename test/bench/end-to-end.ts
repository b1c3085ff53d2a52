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
    const path = { run, world, ingress, payments, sent: 0 };
    const perSecond = Math.max(1, Math.round((await capacityOf(path)) * loadShare));
    run.onProgress(`measured at ${perSecond}/s`);
    const producer = await startProducer(world, 'kafkajs', rawTopic);
    const reader = world.baseline('bare-consumer');
    await reader.ask({ start: rawReader(world, rawTopic) }, 30_000);

    const found = await quietRounds(run, async () => {
      const { measured: effects, others } = await watchedRound(() => effectsOfRound(path, perSecond));
      await producer.run({ perSecond, seconds: run.seconds });
      const measured = {
        effect: percentiles(effects.map(({ ms }) => ms)),
        parts: partsOf(effects),
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
  readonly ingress: ServiceProcess;
  readonly payments: ServiceProcess;
  /** Deliveries so far: each is to be an event of its own. */
  sent: number;
}

/** Prepared for a closed loop, which sends as many as it can; beyond it they repeat. */
const closedLoopDeliveries = 20_000;

/** The second of two: the first one compiles. The service goes on until it has nothing left. */
async function capacityOf(path: Path): Promise<number> {
  const { run, world, ingress } = path;
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

/** One delivery, from its request to its committed effect, and what of that was where; milliseconds. */
interface Effect {
  readonly ms: number;
  /** Until every record was acknowledged and the answer sent. */
  readonly ingress: number;
  /** From then until the service began with it: fetched, and waiting for the batch before. Below 0 where it was quicker than the answer. */
  readonly handOver: number;
  /** Until its transaction was committed. */
  readonly attempt: number;
}

/** The service tells of each event when its transaction is committed, and the delivery's id holds when it was received. */
async function effectsOfRound(path: Path, perSecond: number): Promise<readonly Effect[]> {
  const { run, world, ingress, payments } = path;
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
  const answered = answersIn(ingress.logFile);
  return attemptsIn(payments.logFile)
    .slice(before)
    .map(({ deliveryId, atMs, attemptMs }) => {
      const answer = answered.get(deliveryId);
      if (answer === undefined) throw new Error(`the ingress tells nothing of ${deliveryId}`);
      const ms = atMs - receivedAtMs(deliveryId);
      return { ms, ingress: answer, handOver: ms - answer - attemptMs, attempt: attemptMs };
    });
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

interface AppliedAttempt {
  readonly deliveryId: string;
  readonly atMs: number;
  readonly attemptMs: number;
}

function attemptsIn(logFile: string): readonly AppliedAttempt[] {
  return linesOf(logFile, '"outcome":"applied"').map((line) => {
    const { time, deliveryId, totalMs } = JSON.parse(line) as {
      readonly time: string;
      readonly deliveryId: string;
      readonly totalMs: number;
    };
    return { deliveryId, atMs: Date.parse(time), attemptMs: totalMs };
  });
}

/** How long the answer to each delivery took. */
function answersIn(logFile: string): ReadonlyMap<string, number> {
  return new Map(
    linesOf(logFile, '"event":"delivery"').map((line) => {
      const { deliveryId, totalMs } = JSON.parse(line) as { readonly deliveryId: string; readonly totalMs: number };
      return [deliveryId, totalMs];
    }),
  );
}

/** The last line may be half of one. */
function linesOf(logFile: string, part: string): readonly string[] {
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes(part) && line.endsWith('}'));
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

/** Where the time of those goes that take longest. Means, so that they add up to something. */
function partsOf(effects: readonly Effect[]): Parts {
  const least = percentile(
    effects.map(({ ms }) => ms),
    0.99,
  );
  const slow = effects.filter(({ ms }) => ms >= least);
  const mean = (of: (effect: Effect) => number): number =>
    slow.reduce((sum, effect) => sum + of(effect), 0) / slow.length;
  return {
    ingress: mean(({ ingress }) => ingress),
    handOver: mean(({ handOver }) => handOver),
    attempt: mean(({ attempt }) => attempt),
  };
}

type Parts = Pick<Effect, 'ingress' | 'handOver' | 'attempt'>;

interface Measured {
  readonly effect: Percentiles;
  readonly parts: Parts;
  readonly raw: Percentiles;
}

function reportOf({ rounds, note }: QuietRounds<Measured>, perSecond: number): BenchReport {
  const effect = rounds.map((round) => round.effect);
  const raw = rounds.map((round) => round.raw);
  const part = (name: keyof Parts): readonly number[] => rounds.map(({ parts }) => parts[name]);
  const p50 = (side: readonly Percentiles[]): readonly number[] => side.map((one) => one.p50);
  const p99 = (side: readonly Percentiles[]): readonly number[] => side.map((one) => one.p99);
  return {
    figures: [
      { label: 'received to effect committed, p50', unit: 'ms', perRound: p50(effect) },
      { label: 'received to effect committed, p99', unit: 'ms', perRound: p99(effect) },
      { label: 'of the slowest hundredth: in the ingress, mean', unit: 'ms', perRound: part('ingress') },
      { label: 'from there to the service, mean', unit: 'ms', perRound: part('handOver') },
      { label: 'in the service, mean', unit: 'ms', perRound: part('attempt') },
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
