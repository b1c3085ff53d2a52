import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { differentDeliveries } from './ingress.ts';
import { cpuSeconds } from './load/cpu-time.ts';
import { wireRequests } from './load/deliveries.ts';
import { assertClean, closedLoop } from './load/http-client.ts';
import { openWebhooks, type Webhooks } from './load/webhooks.ts';
import { ratios } from './statistics.ts';

const connections = 64;
/** About what is published and sent in a second, so that `--seconds` decides how long a round takes. */
const eventsPerSecond = 2_000;
const publishAtOnce = 500;
const publishDeadlineMs = 30_000;

const one: readonly string[] = ['tnt_bench_one'];
const hundred: readonly string[] = Array.from({ length: 100 }, (_, nth) => `tnt_bench_${nth}`);

/** B9: webhooks out, against what the framework most receivers are written in takes in. */
export const deliveries: Benchmark = {
  name: 'deliveries',
  title: 'B9 · Webhooks out',
  question:
    'Events of 1 KB published to Kafka, fanned out to endpoints in Postgres, signed, posted and answered 2xx per second by the delivery ' +
    `service, each exactly once, to one endpoint (${connections} requests at a time) and to 100 endpoints of 100 tenants; against an Express 5 process that parses the ` +
    `delivery as JSON and answers with it, over ${connections} connections.`,
  run: async (run: BenchRun): Promise<BenchReport> => {
    const world = await run.world();
    const echo = world.baseline('express-echo');
    const port = await echo.ask<number>('listen', 10_000);
    const webhooks = await openWebhooks(world);
    await webhooks.createEndpoints(one, { maxInFlight: connections });
    await webhooks.createEndpoints(hundred);
    const found: Found = { one: [], hundred: [], echo: [] };
    for (let round = 0; round <= run.rounds; round += 1) {
      run.signal.throwIfAborted();
      const events = round === 0 ? eventsPerSecond : eventsPerSecond * run.seconds;
      const toOne = await delivered(webhooks, one, events);
      const toHundred = await delivered(webhooks, hundred, events);
      const requests = wireRequests(world.settings, differentDeliveries);
      const echoed = await closedLoop({ requests, port, connections, seconds: run.seconds, signal: run.signal });
      assertClean('echo', echoed);
      // Compiled and connected, before anything counts.
      if (round === 0) continue;
      found.one.push(toOne);
      found.hundred.push(toHundred);
      found.echo.push(echoed.acceptedPerSecond);
      const told = [toOne.perSecond, toHundred.perSecond, echoed.acceptedPerSecond].map(Math.round);
      run.onProgress(`round ${round}: one endpoint ${told[0]}/s, a hundred ${told[1]}/s, echo ${told[2]}/s`);
    }
    return reportOf(found);
  },
};

interface Delivered {
  readonly perSecond: number;
  /** Of the service, for each webhook. */
  readonly cpuUs: number;
}

interface Found {
  readonly one: Delivered[];
  readonly hundred: Delivered[];
  readonly echo: number[];
}

/** From the first record published to the last request that the receiver has. */
async function delivered(
  { service, publisher, records, taken }: Webhooks,
  tenants: readonly string[],
  events: number,
): Promise<Delivered> {
  const prepared = records(events, tenants);
  const cpuBefore = cpuSeconds(service.pid);
  const startedAtMs = performance.timeOrigin + performance.now();
  for (let from = 0; from < events; from += publishAtOnce)
    await publisher.publish(prepared.slice(from, from + publishAtOnce), { deadlineMs: publishDeadlineMs });
  const { atMs } = await taken(events);
  const lastAtMs = atMs.reduce((last, at) => Math.max(last, at), 0);
  return {
    perSecond: (events * 1_000) / (lastAtMs - startedAtMs),
    cpuUs: ((cpuSeconds(service.pid) - cpuBefore) * 1_000_000) / events,
  };
}

function reportOf({ one: toOne, hundred: toHundred, echo }: Found): BenchReport {
  const perSecond = (side: readonly Delivered[]): readonly number[] => side.map((round) => round.perSecond);
  const cpuUs = (side: readonly Delivered[]): readonly number[] => side.map((round) => round.cpuUs);
  return {
    figures: [
      { label: 'webhooks to one endpoint', unit: '/s', perRound: perSecond(toOne) },
      { label: 'webhooks to 100 endpoints', unit: '/s', perRound: perSecond(toHundred) },
      { label: 'Express 5 JSON echo', unit: '/s', perRound: echo },
      { label: 'one endpoint / echo', unit: '×', perRound: ratios(perSecond(toOne), echo) },
      { label: '100 endpoints / echo', unit: '×', perRound: ratios(perSecond(toHundred), echo) },
      { label: 'CPU of the service per webhook, one endpoint', unit: 'µs', perRound: cpuUs(toOne) },
      { label: 'CPU of the service per webhook, 100 endpoints', unit: 'µs', perRound: cpuUs(toHundred) },
    ],
    bars: [
      { figure: 'one endpoint / echo', is: 'at least', first: 0.3, goal: 0.4 },
      { figure: '100 endpoints / echo', is: 'at least', first: 0.3, goal: 0.4 },
    ],
    notes: [
      'Broker, Postgres, service, receiver and publisher share the cores; the echo shares them with its client only.',
      'The receiver reads the id of a request and its length and answers with prepared bytes. A round is refused when a webhook is lost or comes twice.',
    ],
  };
}
