import { percentile } from '@trunkline/testkit';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { connections, differentDeliveries, throughputOf } from './ingress.ts';
import { wireRequests } from './load/deliveries.ts';
import { assertClean, openLoop } from './load/http-client.ts';
import { startProducer } from './load/producers.ts';
import { type QuietRounds, quietRounds, watchedRound } from './quiet-rounds.ts';
import { ratios } from './statistics.ts';

const loadShare = 0.2;

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** B4: what the ingress adds to the time a record takes to be stored, when it is not busy. */
export const latency: Benchmark = {
  name: 'latency',
  title: 'B4 · Added latency at 20 % load',
  question:
    'From sending a delivery to its 2xx at a steady rate of 20 % of what the ingress can accept here, minus one raw produce of the ' +
    'same two records (KafkaJS as it comes, one request per delivery, acks=all) at the same rate.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const world = await run.world();
    const service = await world.start({ name: 'ingress', port: world.ingressPort });
    const raw = await startProducer(world, 'kafkajs');
    const publisher = await startProducer(world, 'publisher');
    const requests = (): readonly Buffer[] => wireRequests(world.settings, differentDeliveries);
    const capacity = await capacityOf({ what: 'ingress', pid: service.pid, port: world.ingressPort }, run, requests);
    const perSecond = Math.max(1, Math.round(capacity * loadShare));
    run.onProgress(`${Math.round(capacity)}/s at most, so measured at ${perSecond}/s`);
    const load = { port: world.ingressPort, connections, seconds: run.seconds, perSecond, signal: run.signal };

    const found = await quietRounds(run, async () => {
      const { measured: posted, others } = await watchedRound(() => openLoop({ ...load, requests: requests() }));
      assertClean('ingress', posted);
      const produced = await raw.run({ perSecond, seconds: run.seconds });
      const published = await publisher.run({ perSecond, seconds: run.seconds });
      const measured = {
        post: percentiles(posted.latenciesMs),
        raw: percentiles(produced.latenciesMs),
        publisher: percentiles(published.latenciesMs),
      };
      run.onProgress(`p99 ${measured.post.p99.toFixed(1)} ms, raw ${measured.raw.p99.toFixed(1)} ms`);
      return { measured, others };
    });
    return reportOf(found, perSecond);
  },
};

type Server = Parameters<typeof throughputOf>[0];

/** The second of two: the first one compiles. */
async function capacityOf(server: Server, run: BenchRun, requests: () => readonly Buffer[]): Promise<number> {
  const load = { seconds: run.seconds, signal: run.signal };
  await throughputOf(server, { ...load, requests: requests() });
  return (await throughputOf(server, { ...load, requests: requests() })).perSecond;
}

function percentiles(latenciesMs: readonly number[]): Percentiles {
  return { p50: percentile(latenciesMs, 0.5), p99: percentile(latenciesMs, 0.99) };
}

interface Measured {
  readonly post: Percentiles;
  readonly raw: Percentiles;
  readonly publisher: Percentiles;
}

function reportOf({ rounds, note }: QuietRounds<Measured>, perSecond: number): BenchReport {
  const post = rounds.map((round) => round.post);
  const raw = rounds.map((round) => round.raw);
  const publisher = rounds.map((round) => round.publisher);
  const p50 = (side: readonly Percentiles[]): readonly number[] => side.map((one) => one.p50);
  const p99 = (side: readonly Percentiles[]): readonly number[] => side.map((one) => one.p99);
  const added = p50(post).map((ms, round) => ms - (p50(raw)[round] ?? Number.NaN));
  return {
    figures: [
      { label: 'POST to 2xx, p50', unit: 'ms', perRound: p50(post) },
      { label: 'POST to 2xx, p99', unit: 'ms', perRound: p99(post) },
      { label: 'raw produce, p50', unit: 'ms', perRound: p50(raw) },
      { label: 'raw produce, p99', unit: 'ms', perRound: p99(raw) },
      { label: 'our publisher alone, p50', unit: 'ms', perRound: p50(publisher) },
      { label: 'our publisher alone, p99', unit: 'ms', perRound: p99(publisher) },
      { label: 'added, p50', unit: 'ms', perRound: added },
      { label: 'p99 / raw p99', unit: '×', perRound: ratios(p99(post), p99(raw)) },
    ],
    bars: [
      { figure: 'added, p50', is: 'at most', first: 5 },
      { figure: 'p99 / raw p99', is: 'at most', first: 3 },
    ],
    notes: [
      note,
      `An open loop at ${perSecond}/s: a request that finds every connection busy has been waiting since it was due.`,
      'Our publisher gathers what comes within 3 ms of a running send, so part of the added time is that wait and not work.',
    ],
  };
}
