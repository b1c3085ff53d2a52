import { freePorts } from '@trunkline/installation';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { cpuSeconds } from './load/cpu-time.ts';
import { wireRequests } from './load/deliveries.ts';
import { assertClean, closedLoop } from './load/http-client.ts';
import { residentMegabytes } from './load/memory.ts';
import { ratios } from './statistics.ts';
import type { BenchWorld } from './world.ts';

export const connections = 256;
/** Different deliveries, sent in turn; signed anew for each measurement, because a signature is good for five minutes. */
export const differentDeliveries = 2_048;

/** Until what is measured is compiled: some 20,000 deliveries, which a slow machine takes that long for. */
export const warmUpSeconds = 10;

/** B1: what the ingress accepts, against what the framework it is written in can do without accepting anything. */
export const ingress: Benchmark = {
  name: 'ingress',
  title: 'B1 · Ingress throughput',
  question:
    'Signed deliveries of 1 KB answered 2xx per second, each after Kafka acknowledged its two records with acks=all, ' +
    `over ${connections} keep-alive connections; against an Express 5 process that parses the same request as JSON and answers with it.`,
  run: async (run: BenchRun): Promise<BenchReport> => {
    const world = await run.world();
    const echo = world.baseline('express-echo');
    const sides = {
      one: await sideOf(world, 1),
      two: await sideOf(world, 2),
      echo: { what: 'echo', pid: echo.pid, port: await echo.ask<number>('listen', 10_000) },
    };
    const measure = async (side: Side, seconds: number): Promise<Throughput> => {
      const requests = wireRequests(world.settings, differentDeliveries);
      return throughputOf(side, { requests, seconds, signal: run.signal });
    };
    for (const side of Object.values(sides)) await measure(side, Math.max(run.seconds, warmUpSeconds));
    const found: Found = { one: [], two: [], echo: [], memory: [] };
    for (let round = 1; round <= run.rounds; round += 1) {
      const one = await measure(sides.one, run.seconds);
      const two = await measure(sides.two, run.seconds);
      const echoed = await measure(sides.echo, run.seconds);
      found.one.push(one);
      found.two.push(two);
      found.echo.push(echoed);
      found.memory.push(residentMegabytes(sides.one.pid));
      const told = [one, two, echoed].map(({ perSecond }) => Math.round(perSecond));
      run.onProgress(`round ${round}: one process ${told[0]}/s, two ${told[1]}/s, echo ${told[2]}/s`);
    }
    return reportOf(found);
  },
};

async function sideOf(world: BenchWorld, workers: 1 | 2): Promise<Side> {
  const [port = 0] = await freePorts(1);
  const env = { TRUNKLINE_INGRESS_WORKERS: String(workers) };
  const service = await world.start({ name: 'ingress', label: `ingress-${workers}`, port, env });
  return { what: service.name, pid: service.pid, port };
}

interface Side {
  readonly what: string;
  readonly pid: number;
  readonly port: number;
}

export interface Throughput {
  readonly perSecond: number;
  /** Of the server's processes, for each answer. */
  readonly cpuUs: number;
}

export interface ThroughputLoad {
  readonly requests: readonly Buffer[];
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** What a server answers with every connection busy all the time. Rejects when an answer is no 2xx. */
export async function throughputOf({ what, pid, port }: Side, load: ThroughputLoad): Promise<Throughput> {
  const before = cpuSeconds(pid);
  const outcome = await closedLoop({ ...load, port, connections });
  assertClean(what, outcome);
  const cpuUs = ((cpuSeconds(pid) - before) * 1_000_000) / outcome.accepted;
  return { perSecond: outcome.acceptedPerSecond, cpuUs };
}

interface Found {
  readonly one: Throughput[];
  readonly two: Throughput[];
  readonly echo: Throughput[];
  readonly memory: number[];
}

function reportOf({ one, two, echo, memory }: Found): BenchReport {
  const perSecond = (side: readonly Throughput[]): readonly number[] => side.map((one) => one.perSecond);
  const cpuUs = (side: readonly Throughput[]): readonly number[] => side.map((one) => one.cpuUs);
  return {
    figures: [
      { label: 'Trunkline ingress, one process, acks=all', unit: '/s', perRound: perSecond(one) },
      { label: 'Trunkline ingress, two processes', unit: '/s', perRound: perSecond(two) },
      { label: 'Express 5 JSON echo', unit: '/s', perRound: perSecond(echo) },
      { label: 'one process / echo', unit: '×', perRound: ratios(perSecond(one), perSecond(echo)) },
      { label: 'two processes / echo', unit: '×', perRound: ratios(perSecond(two), perSecond(echo)) },
      { label: 'CPU per delivery, one process', unit: 'µs', perRound: cpuUs(one) },
      { label: 'CPU per delivery, two processes', unit: 'µs', perRound: cpuUs(two) },
      { label: 'CPU of the echo per request', unit: 'µs', perRound: cpuUs(echo) },
      { label: 'CPU, echo / one process', unit: '×', perRound: ratios(cpuUs(echo), cpuUs(one)) },
      { label: 'resident memory of the one process after its load', unit: 'MB', perRound: memory },
    ],
    bars: [
      { figure: 'one process / echo', is: 'at least', first: 0.4 },
      { figure: 'two processes / echo', is: 'at least', first: 0.5, goal: 0.7 },
      { figure: 'CPU, echo / one process', is: 'at least', first: 0.36, goal: 0.55 },
    ],
    notes: [
      'The ingress shares the machine with the broker it waits for, the echo with the client only. With cores to spare the ratio of one process comes up to that of the two CPU times, and cannot pass it.',
      'The ingress runs as npm start runs it: metrics and a log line per delivery on, tracing off.',
      'The client writes prepared bytes to raw sockets. A heavier client would slow the echo down more than the ingress, and flatter the ratio.',
    ],
  };
}
