import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { batchRecords, type Drain } from './consumer.ts';
import { compareParts, openPaymentsBench, type PartsCompared } from './load/payments-bench.ts';
import { ratios } from './statistics.ts';

/** What it costs a consumer to keep order per key, where no key is blocked. */
export const ordered: Benchmark = {
  name: 'ordered',
  title: 'B15 · Order per key',
  question:
    `Events per second from a filled topic into Postgres by the payments service with its projection (up to ${batchRecords} events a ` +
    "transaction), whose handler asks for `ordering: 'strict'`; against the same without. No event fails, so every key is an " +
    'untouched one. Each round fills the topic for either with as many new payments.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const bench = await openPaymentsBench(await run.world());
    return reportOf(await compareParts(run, bench, { parts: 'ordered', afterwards: () => Promise.resolve() }));
  },
};

function reportOf(found: PartsCompared): BenchReport {
  const perSecond = (side: readonly Drain[]): readonly number[] => side.map((drain) => drain.perSecond);
  const cpuUs = (side: readonly Drain[]): readonly number[] => side.map((drain) => drain.cpuUs);
  return {
    figures: [
      { label: 'payments service in order per key', unit: '/s', perRound: perSecond(found.with) },
      { label: 'the same without', unit: '/s', perRound: perSecond(found.without) },
      { label: 'in order / plain', unit: '×', perRound: ratios(perSecond(found.with), perSecond(found.without)) },
      { label: 'CPU of the service per event in order', unit: 'µs', perRound: cpuUs(found.with) },
      { label: 'CPU of the service per event without', unit: 'µs', perRound: cpuUs(found.without) },
    ],
    bars: [{ figure: 'in order / plain', is: 'at least', first: 0.8 }],
    notes: [
      'Each batch asks for the rows of its keys in `blocked_key`, which has none. What a failing key costs is in docs/reliability.md, J5.',
    ],
  };
}
