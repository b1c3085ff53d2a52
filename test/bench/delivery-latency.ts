import { percentile } from '@trunkline/testkit';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { rawReader, readLatencies } from './end-to-end.ts';
import { pace } from './load/pace.ts';
import { startProducer } from './load/producers.ts';
import { openWebhooks, type Webhooks } from './load/webhooks.ts';
import { type QuietRounds, quietRounds, watchedRound } from './quiet-rounds.ts';
import { ratios } from './statistics.ts';

const perSecond = 300;
const publishDeadlineMs = 30_000;
/** The service reads every topic of a domain, and would make dead letters of what it cannot read: this is none. */
const rawTopic = 'ingress.rejection.v1';
const tenants: readonly string[] = Array.from({ length: 10 }, (_, nth) => `tnt_bench_${nth}`);

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** B10: how long an event takes from Kafka to an endpoint when nobody is busy. */
export const deliveryLatency: Benchmark = {
  name: 'delivery-latency',
  title: 'B10 · Latency of webhooks',
  question:
    `From publishing an event to the first byte of its webhook at the receiver, at a steady ${perSecond}/s over ${tenants.length} endpoints of as many tenants; ` +
    'beside one raw produce of two records of the same size to a consumer that does nothing (KafkaJS as it comes) at the same rate.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const world = await run.world();
    const webhooks = await openWebhooks(world);
    await webhooks.createEndpoints(tenants);
    const producer = await startProducer(world, 'kafkajs', rawTopic);
    const reader = world.baseline('bare-consumer');
    await reader.ask({ start: rawReader(world, rawTopic) }, 30_000);

    const found = await quietRounds(run, async () => {
      const { measured: latencies, others } = await watchedRound(() => webhookLatencies(run, webhooks));
      await producer.run({ perSecond, seconds: run.seconds });
      const measured = {
        webhook: percentiles(latencies),
        raw: percentiles(await readLatencies(reader, perSecond * run.seconds)),
      };
      run.onProgress(`p99 ${measured.webhook.p99.toFixed(1)} ms, raw ${measured.raw.p99.toFixed(1)} ms`);
      return { measured, others };
    });
    await reader.ask('stop', 10_000);
    return reportOf(found);
  },
};

/** Of each event by its id, from when it is handed to the publisher. */
async function webhookLatencies(
  { seconds, signal }: BenchRun,
  { publisher, records, taken }: Webhooks,
): Promise<readonly number[]> {
  const prepared = records(perSecond * seconds, tenants);
  const publishedAtMs = new Map<string, number>();
  const publishing: Promise<unknown>[] = [];
  await pace({ perSecond, seconds, signal }, (n) => {
    const record = prepared[n];
    if (record === undefined) return;
    publishedAtMs.set(record.headers['ce_id'] ?? '', performance.timeOrigin + performance.now());
    publishing.push(publisher.publish([record], { deadlineMs: publishDeadlineMs }));
  });
  await Promise.all(publishing);
  const { eventIds, atMs } = await taken(prepared.length);
  return eventIds.map((eventId, index) => (atMs[index] ?? Number.NaN) - (publishedAtMs.get(eventId) ?? Number.NaN));
}

function percentiles(latenciesMs: readonly number[]): Percentiles {
  return { p50: percentile(latenciesMs, 0.5), p99: percentile(latenciesMs, 0.99) };
}

interface Measured {
  readonly webhook: Percentiles;
  readonly raw: Percentiles;
}

function reportOf({ rounds, note }: QuietRounds<Measured>): BenchReport {
  const webhook = rounds.map((round) => round.webhook);
  const raw = rounds.map((round) => round.raw);
  const p50 = (side: readonly Percentiles[]): readonly number[] => side.map((one) => one.p50);
  const p99 = (side: readonly Percentiles[]): readonly number[] => side.map((one) => one.p99);
  return {
    figures: [
      { label: 'published to first byte, p50', unit: 'ms', perRound: p50(webhook) },
      { label: 'published to first byte, p99', unit: 'ms', perRound: p99(webhook) },
      { label: 'raw produce to consume, p50', unit: 'ms', perRound: p50(raw) },
      { label: 'raw produce to consume, p99', unit: 'ms', perRound: p99(raw) },
      { label: 'p99 / raw p99', unit: '×', perRound: ratios(p99(webhook), p99(raw)) },
    ],
    bars: [
      { figure: 'published to first byte, p50', is: 'at most', first: 10 },
      { figure: 'published to first byte, p99', is: 'at most', first: 40 },
    ],
    notes: [
      note,
      'Publishing is in it: the publisher gathers what comes within 3 ms of a running send. Fan-out commits its rows, and the sender hears of them by a notice, before anything is posted.',
    ],
  };
}
