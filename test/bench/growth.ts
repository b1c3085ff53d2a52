import { freePorts } from '@trunkline/installation';
import { deadLetterTopic } from '@trunkline/kafka';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { backlogPerSecond } from './consumer.ts';
import { throughputOf } from './ingress.ts';
import { wireRequests } from './load/deliveries.ts';
import { drainNewPayments, openPaymentsBench, type PaymentsBench } from './load/payments-bench.ts';
import { ratios } from './statistics.ts';

const manyTenants = 1_000;
/** How much longer the long backlog is. */
const longer = 4;
const largeBody = 64 * 1_024;
const smallBody = 1_024;
/** Different deliveries of each size: 16 MiB of the large ones. */
const deliveries = 256;
const lettersPerSecond = 4_000;
const publishAtOnce = 500;

/** B7: what an event costs when there is more of everything. */
export const growth: Benchmark = {
  name: 'growth',
  title: 'B7 · Growth',
  question:
    'CPU of the payments service (its projection alone) per event: of a backlog and of one four times as long; of one tenant and of 1,000 by turns; without ' +
    'dead letters and with many on its topic. CPU of the ingress per byte of body: deliveries of 64 KB against those of 1 KB.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const bench = await openPaymentsBench(await run.world());
    const ingress = await startIngress(bench);
    const found: Costs[] = [];
    // The first round is for the compiler and the tables.
    for (let round = 0; round <= run.rounds; round += 1) {
      run.signal.throwIfAborted();
      const seconds = round === 0 ? 1 : run.seconds;
      const events = backlogPerSecond * seconds;
      const costs: Costs = {
        plain: await drainCost(bench, { events }),
        long: await drainCost(bench, { events: events * (round === 0 ? 1 : longer) }),
        tenants: await drainCost(bench, { events, tenants: manyTenants }),
        small: await ingress(run, smallBody),
        large: await ingress(run, largeBody),
      };
      if (round === 0) continue;
      found.push(costs);
      run.onProgress(`round ${round}: ${costs.plain.toFixed(0)} µs an event`);
    }
    const letters = await bury(bench, lettersPerSecond * run.seconds);
    const besideLetters: number[] = [];
    for (let round = 1; round <= run.rounds; round += 1)
      besideLetters.push(await drainCost(bench, { events: backlogPerSecond * run.seconds }));
    return reportOf(found, { letters, besideLetters });
  },
};

/** Of one round: µs per event, and of the ingress ns per byte. */
interface Costs {
  readonly plain: number;
  readonly long: number;
  readonly tenants: number;
  readonly small: number;
  readonly large: number;
}

async function drainCost(
  bench: PaymentsBench,
  { events, tenants = 1 }: { readonly events: number; readonly tenants?: number },
): Promise<number> {
  return (await drainNewPayments(bench, { parts: 'projection', events, tenants })).cpuUs;
}

/** CPU per byte of body, nanoseconds. */
async function startIngress({ world }: PaymentsBench): Promise<(run: BenchRun, bytes: number) => Promise<number>> {
  const [port = 0] = await freePorts(1);
  const ingress = await world.start({ name: 'ingress', port });
  return async ({ seconds, signal }, bytes) => {
    const requests = wireRequests(world.settings, deliveries, 0, bytes);
    const { cpuUs } = await throughputOf({ what: 'ingress', pid: ingress.pid, port }, { requests, seconds, signal });
    return (cpuUs * 1_000) / bytes;
  };
}

/** Records on the dead-letter topic, of payments that nobody spoke of. */
async function bury(bench: PaymentsBench, letters: number): Promise<number> {
  for (let begin = 0; begin < letters; begin += publishAtOnce) {
    const records = Array.from({ length: publishAtOnce }, () => ({
      ...bench.maker.records((bench.published += 1))[1],
      topic: deadLetterTopic('payments'),
    }));
    await bench.publisher.publish(records, { deadlineMs: 30_000 });
  }
  return letters;
}

function reportOf(
  found: readonly Costs[],
  { letters, besideLetters }: { readonly letters: number; readonly besideLetters: readonly number[] },
): BenchReport {
  const of = (name: keyof Costs): readonly number[] => found.map((costs) => costs[name]);
  const plain = of('plain');
  return {
    figures: [
      { label: 'CPU per event', unit: 'µs', perRound: plain },
      { label: `of a backlog ${longer} times as long / of one`, unit: '×', perRound: ratios(of('long'), plain) },
      { label: `of ${manyTenants} tenants / of one`, unit: '×', perRound: ratios(of('tenants'), plain) },
      { label: `with ${letters} dead letters / without`, unit: '×', perRound: ratios(besideLetters, plain) },
      { label: 'CPU of the ingress per byte, 1 KB', unit: 'ns', perRound: of('small') },
      { label: 'per byte, 64 KB / 1 KB', unit: '×', perRound: ratios(of('large'), of('small')) },
    ],
    bars: [
      { figure: `of a backlog ${longer} times as long / of one`, is: 'at most', first: 1.2 },
      { figure: `of ${manyTenants} tenants / of one`, is: 'at most', first: 1.3 },
      { figure: `with ${letters} dead letters / without`, is: 'at most', first: 1.1 },
      { figure: 'per byte, 64 KB / 1 KB', is: 'at most', first: 1 },
    ],
    notes: [
      'A backlog of a million, and how a noisy tenant delays quiet ones, are not measured here. Each drain counts behind its first 35 %, so the long one has compiled more of what it runs.',
    ],
  };
}
