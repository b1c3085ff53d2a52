import { testTopics } from '@trunkline/testkit';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { batchRecords, type Drain } from './consumer.ts';
import { compareParts, openPaymentsBench, type PartsCompared, type PaymentsBench } from './load/payments-bench.ts';
import { ratios } from './statistics.ts';

/** B3 with the ledger: what a second behaviour that posts costs beside the projection. */
export const ledger: Benchmark = {
  name: 'ledger',
  title: 'B12 · The ledger',
  question:
    'Events per second from a filled topic into Postgres by the payments service with its projection and its ledger (inbox row, ' +
    `projection, object, fact and posting in one transaction, ${testTopics.partitions} partitions, up to ${batchRecords} events a transaction); ` +
    'against the same service with the projection alone. Each round fills the topic for either with as many new payments.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const bench = await openPaymentsBench(await run.world());
    const found = await compareParts(run, bench, {
      parts: 'ledger',
      afterwards: (expected) => assertPosted(bench, expected),
    });
    return reportOf(found);
  },
};

/** Else a service that forgets half of the work would be the faster one. */
async function assertPosted({ world }: PaymentsBench, expected: number): Promise<void> {
  const [found] = await world.database.transaction([], (tx) =>
    tx.query<{ readonly postings: number }>('SELECT count(*)::int AS postings FROM payments.posting'),
  );
  if (found?.postings !== expected) throw new Error(`${found?.postings} postings instead of ${expected}`);
}

function reportOf(found: PartsCompared): BenchReport {
  const [withIt, without] = [found.with, found.without].map((side) => side.map(({ perSecond }) => perSecond));
  const cpu = (side: readonly Drain[]): readonly number[] => side.map(({ cpuUs }) => cpuUs);
  return {
    figures: [
      { label: 'payments service with projection and ledger', unit: '/s', perRound: withIt ?? [] },
      { label: 'the same with the projection alone', unit: '/s', perRound: without ?? [] },
      { label: 'with / without ledger', unit: '×', perRound: ratios(withIt ?? [], without ?? []) },
      { label: 'CPU of the service per event with', unit: 'µs', perRound: cpu(found.with) },
      { label: 'CPU of the service per event without', unit: 'µs', perRound: cpu(found.without) },
    ],
    bars: [{ figure: 'with / without ledger', is: 'at least', first: 0.75 }],
    notes: [
      'Every event is the success of a payment that nobody spoke of before, which is what the ledger has to do most often and where a batch costs it two statements.',
      'Timed by Postgres as in B3. Postgres, Kafka and the service share the cores, so what the ledger asks of Postgres counts here as well.',
    ],
  };
}
