import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { freePorts, installationEnvironment, type ServiceProcess, startServiceProcess } from '@trunkline/installation';
import { startCommand } from '@trunkline/runtime';

import type { Benchmark, BenchReport, BenchRun, Figure } from './benchmark.ts';
import { differentDeliveries, type Throughput, throughputOf, warmUpSeconds } from './ingress.ts';
import { wireRequests } from './load/deliveries.ts';
import { residentMegabytes } from './load/memory.ts';
import { ratios } from './statistics.ts';
import type { BenchWorld } from './world.ts';

const traced = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' } as const;
const scrapeEveryMs = 1_000;
/** Until the last of starting up is collected. */
const settleMs = 3_000;
const services = ['ingress', 'payments'] as const;

/** B8: what it costs to be able to see what happens, and what a process costs that has nothing to do. */
export const overhead: Benchmark = {
  name: 'overhead',
  title: 'B8 · Overhead',
  question:
    'Deliveries answered 2xx per second by an ingress that traces one request in ten to a collector, keeps metrics that are ' +
    'scraped every second and writes a log line per delivery; against one that traces nothing and logs nothing, with one that only does not trace between them. Then the ' +
    'resident memory of idle processes, and the time from starting a process until it says it is ready.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const world = await run.world();
    const starts = await coldStarts(world, run);
    const found = await throughputs(world, run);
    return {
      figures: [
        { label: 'ingress with tracing (10 %), metrics, logs', unit: '/s', perRound: rates(found.seen) },
        { label: 'ingress without', unit: '/s', perRound: rates(found.unseen) },
        { label: 'ingress with metrics and logs', unit: '/s', perRound: rates(found.told) },
        { label: 'with / without', unit: '×', perRound: ratios(rates(found.seen), rates(found.unseen)) },
        { label: 'metrics and logs / without', unit: '×', perRound: ratios(rates(found.told), rates(found.unseen)) },
        { label: 'CPU per delivery with', unit: 'µs', perRound: cpus(found.seen) },
        { label: 'CPU per delivery with metrics and logs', unit: 'µs', perRound: cpus(found.told) },
        { label: 'CPU per delivery without', unit: 'µs', perRound: cpus(found.unseen) },
        { label: 'CPU without / with', unit: '×', perRound: ratios(cpus(found.unseen), cpus(found.seen)) },
        { label: 'CPU without / metrics and logs', unit: '×', perRound: ratios(cpus(found.unseen), cpus(found.told)) },
        ...starts,
      ],
      bars: [
        { figure: 'with / without', is: 'at least', first: 0.85 },
        { figure: 'metrics and logs / without', is: 'at least', first: 0.93 },
      ],
      notes: [
        'The side without is started without the telemetry preload and logs nothing below fatal.',
        'Cold starts run from sources, types stripped while loading, with tracing off; a build starts faster.',
        `Resident memory is read ${settleMs / 1_000} s after a process is ready, before any request.`,
      ],
    };
  },
};

interface Found {
  /** Traced, measured and logged. */
  readonly seen: Throughput[];
  /** Measured and logged, not traced. */
  readonly told: Throughput[];
  readonly unseen: Throughput[];
}

function rates(side: readonly Throughput[]): readonly number[] {
  return side.map(({ perSecond }) => perSecond);
}

function cpus(side: readonly Throughput[]): readonly number[] {
  return side.map(({ cpuUs }) => cpuUs);
}

async function throughputs(world: BenchWorld, run: BenchRun): Promise<Found> {
  const sink = world.baseline('span-sink');
  const sinkPort = await sink.ask<number>('listen', 10_000);
  const exporter = {
    OTEL_TRACES_EXPORTER: 'zipkin',
    OTEL_EXPORTER_ZIPKIN_ENDPOINT: `http://127.0.0.1:${sinkPort}/api/v2/spans`,
  };
  const seen = await world.start({ name: 'ingress', label: 'seen', env: { ...traced, ...exporter } });
  const [toldPort = 0] = await freePorts(1);
  const told = await world.start({ name: 'ingress', label: 'told', port: toldPort });
  const unseen = await startUnseen(world);
  const found: Found = { seen: [], told: [], unseen: [] };
  const sides: readonly [keyof Found, (seconds: number) => Promise<Throughput>][] = [
    ['seen', (seconds) => scraped(seen, () => measure(world, { ...run, seconds }, seen))],
    ['told', (seconds) => scraped(told, () => measure(world, { ...run, seconds }, told))],
    ['unseen', (seconds) => measure(world, { ...run, seconds }, unseen)],
  ];
  for (const [, measured] of sides) await measured(Math.max(run.seconds, warmUpSeconds));
  for (let round = 1; round <= run.rounds; round += 1) {
    // Each is the first one in turn: a machine is not alike from one side to the next.
    const first = round % sides.length;
    for (const [side, measured] of [...sides.slice(first), ...sides.slice(0, first)])
      found[side].push(await measured(run.seconds));
    const [withAll, untraced, without] = [found.seen, found.told, found.unseen].map((side) =>
      Math.round(side.at(-1)?.perSecond ?? 0),
    );
    run.onProgress(`round ${round}: ${withAll}/s with, ${untraced}/s not traced, ${without}/s without`);
  }
  if ((await sink.ask<number>('count', 5_000)) === 0) throw new Error('no trace arrived: nothing was traced');
  return found;
}

/** The ingress without the telemetry preload and with fatal lines only: its instruments and spans go nowhere. */
async function startUnseen(world: BenchWorld): Promise<ServiceProcess> {
  const { installation } = world;
  const [port = 0, operatorPort = 0] = await freePorts(2);
  const [program, ...args] = startCommand(join(installation.root, 'services/ingress'));
  const preload = args.indexOf('--import');
  if (preload === -1) throw new Error('startCommand() preloads no telemetry any more: this benchmark has to change');
  const service = startServiceProcess({
    name: 'ingress',
    command: [program, ...args.toSpliced(preload, 2)],
    cwd: installation.root,
    env: {
      ...installationEnvironment(installation, 'ingress'),
      TRUNKLINE_INGRESS_HOST: '127.0.0.1',
      TRUNKLINE_INGRESS_PORT: String(port),
      TRUNKLINE_OPERATOR_PORT: String(operatorPort),
      TRUNKLINE_LOG_LEVEL: 'fatal',
    },
    port,
    operatorPort,
    logFile: join(installation.logDir, 'ingress-unseen.log'),
  });
  world.endWith(() => service.stop());
  await service.ready();
  return service;
}

function measure(world: BenchWorld, run: BenchRun, service: ServiceProcess): Promise<Throughput> {
  const requests = wireRequests(world.settings, differentDeliveries);
  const side = { what: service.name, pid: service.pid, port: Number(new URL(service.url).port) };
  return throughputOf(side, { requests, seconds: run.seconds, signal: run.signal });
}

/** Reads /metrics once a second meanwhile, as a Prometheus would several times a minute. */
async function scraped<T>(service: ServiceProcess, work: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  const scraping = scrapeUntil(service, done.signal);
  try {
    return await work();
  } finally {
    done.abort();
    await scraping;
  }
}

async function scrapeUntil({ operatorUrl }: ServiceProcess, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const response = await fetch(`${operatorUrl}/metrics`, { signal: AbortSignal.timeout(10_000) });
    await response.text();
    await pause(scrapeEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

async function coldStarts(world: BenchWorld, run: BenchRun): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const name of services) {
    const readyMs: number[] = [];
    const residentMb: number[] = [];
    for (let round = 1; round <= run.rounds; round += 1) {
      run.signal.throwIfAborted();
      const [port = 0] = await freePorts(1);
      const startedAt = performance.now();
      const service = await world.start({ name, port });
      readyMs.push(performance.now() - startedAt);
      await pause(settleMs, undefined, { signal: run.signal });
      residentMb.push(residentMegabytes(service.pid));
      await service.stop();
    }
    figures.push(
      { label: `cold start of ${name} to ready`, unit: 'ms', perRound: readyMs },
      { label: `resident memory of idle ${name}`, unit: 'MB', perRound: residentMb },
    );
    run.onProgress(`${name} started ${run.rounds} times`);
  }
  return figures;
}
