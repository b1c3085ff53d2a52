import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { cpuSeconds } from './load/cpu-time.ts';
import { wireRequests } from './load/deliveries.ts';
import { assertClean, closedLoop } from './load/http-client.ts';
import { ratios } from './statistics.ts';

export const connections = 256;
/** Different deliveries, sent in turn; signed anew for each measurement, because a signature is good for five minutes. */
export const differentDeliveries = 2_048;

/** B1: what the ingress accepts, against what the framework it is written in can do without accepting anything. */
export const ingress: Benchmark = {
  name: 'ingress',
  title: 'B1 · Ingress throughput',
  question:
    'Signed deliveries of 1 KB answered 2xx per second, each after Kafka acknowledged its two records with acks=all, ' +
    `over ${connections} keep-alive connections; against an Express 5 process that parses the same request as JSON and answers with it.`,
  run: async (run: BenchRun): Promise<BenchReport> => {
    const world = await run.world();
    const service = await world.start({ name: 'ingress', port: world.ingressPort });
    const echo = world.baseline('express-echo');
    const ours: Side = { what: 'ingress', pid: service.pid, port: world.ingressPort };
    const theirs: Side = { what: 'echo', pid: echo.pid, port: await echo.ask<number>('listen', 10_000) };
    const measure = async (side: Side, seconds: number): Promise<Throughput> => {
      const requests = wireRequests(world.settings, differentDeliveries);
      return throughputOf(side, { requests, seconds, signal: run.signal });
    };
    // Compiled and connected, before anything counts.
    await measure(ours, run.seconds);
    await measure(theirs, Math.min(2, run.seconds));
    const accepted: Throughput[] = [];
    const echoed: Throughput[] = [];
    for (let round = 1; round <= run.rounds; round += 1) {
      const [a, b] = [await measure(ours, run.seconds), await measure(theirs, run.seconds)];
      accepted.push(a);
      echoed.push(b);
      run.onProgress(`round ${round}: ${Math.round(a.perSecond)}/s, echo ${Math.round(b.perSecond)}/s`);
    }
    return reportOf(accepted, echoed);
  },
};

interface Side {
  readonly what: string;
  readonly pid: number;
  readonly port: number;
}

export interface Throughput {
  readonly perSecond: number;
  /** Of the server's process, for each answer. */
  readonly cpuUs: number;
}

export interface ThroughputLoad {
  readonly requests: readonly Buffer[];
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** What one process answers with every connection busy all the time. Rejects when an answer is no 2xx. */
export async function throughputOf({ what, pid, port }: Side, load: ThroughputLoad): Promise<Throughput> {
  const before = cpuSeconds(pid);
  const outcome = await closedLoop({ ...load, port, connections });
  assertClean(what, outcome);
  const cpuUs = ((cpuSeconds(pid) - before) * 1_000_000) / outcome.accepted;
  return { perSecond: outcome.acceptedPerSecond, cpuUs };
}

function reportOf(accepted: readonly Throughput[], echoed: readonly Throughput[]): BenchReport {
  const perSecond = (side: readonly Throughput[]): readonly number[] => side.map((one) => one.perSecond);
  const cpuUs = (side: readonly Throughput[]): readonly number[] => side.map((one) => one.cpuUs);
  return {
    figures: [
      { label: 'Trunkline ingress, acks=all', unit: '/s', perRound: perSecond(accepted) },
      { label: 'Express 5 JSON echo', unit: '/s', perRound: perSecond(echoed) },
      { label: 'ingress / echo', unit: '×', perRound: ratios(perSecond(accepted), perSecond(echoed)) },
      { label: 'CPU of the ingress per delivery', unit: 'µs', perRound: cpuUs(accepted) },
      { label: 'CPU of the echo per request', unit: 'µs', perRound: cpuUs(echoed) },
    ],
    bars: [{ figure: 'ingress / echo', is: 'at least', first: 0.5, goal: 1.4 }],
    notes: [
      'The ingress shares the machine with the broker it waits for, the echo with the client only. With cores to spare the ratio comes up to that of the two CPU times, and one process cannot pass that.',
      'The ingress runs as npm start runs it: metrics and a log line per delivery on, tracing off.',
      'The client writes prepared bytes to raw sockets. A heavier client would slow the echo down more than the ingress, and flatter the ratio.',
    ],
  };
}
