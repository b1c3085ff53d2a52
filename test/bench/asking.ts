import { until } from '@trunkline/installation';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { batchRecords, type Drain } from './consumer.ts';
import { compareParts, openPaymentsBench, type PartsCompared, type PaymentsBench } from './load/payments-bench.ts';
import { ratios } from './statistics.ts';

const publishedDeadlineMs = 120_000;

/** What it costs a consumer that each of its events asks for something. */
export const asking: Benchmark = {
  name: 'asking',
  title: 'B13 · A consumer that asks',
  question:
    'Events per second from a filled topic into Postgres by the payments service with its projection and a request for each event ' +
    `(written to the outbox in the same transaction of up to ${batchRecords} events, published by the relay of the same process); ` +
    'against the same service with the projection alone. Each round fills the topic for either with as many new payments.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const bench = await openPaymentsBench(await run.world());
    const found = await compareParts(run, bench, {
      parts: 'asking',
      afterwards: (expected) => assertAsked(bench, expected),
    });
    return reportOf(found);
  },
};

/** Else a service that forgets to ask, or a relay that does not keep up, would look faster. Ids of rows are never drawn twice. */
async function assertAsked(bench: PaymentsBench, expected: number): Promise<void> {
  const before = bench.asked;
  await until('the outbox is empty', async () => (await outboxOf(bench)).waiting === 0, {
    deadlineMs: publishedDeadlineMs,
  });
  bench.asked = (await outboxOf(bench)).drawn;
  if (bench.asked - before < expected) throw new Error(`${bench.asked - before} requests instead of ${expected}`);
}

interface OutboxState {
  readonly waiting: number;
  readonly drawn: number;
}

async function outboxOf({ world }: PaymentsBench): Promise<OutboxState> {
  const [row] = await world.database.transaction([], (tx) =>
    tx.query<OutboxState>(`SELECT count(*)::int AS waiting,
      (SELECT coalesce(last_value, 0)::int FROM pg_sequences WHERE schemaname = 'payments' AND sequencename = 'outbox_id_seq') AS drawn
      FROM payments.outbox`),
  );
  return row ?? { waiting: 0, drawn: 0 };
}

function reportOf(found: PartsCompared): BenchReport {
  const perSecond = (side: readonly Drain[]): readonly number[] => side.map((drain) => drain.perSecond);
  const cpuUs = (side: readonly Drain[]): readonly number[] => side.map((drain) => drain.cpuUs);
  return {
    figures: [
      { label: 'payments service with a request for each event', unit: '/s', perRound: perSecond(found.with) },
      { label: 'the same with the projection alone', unit: '/s', perRound: perSecond(found.without) },
      { label: 'asking / not asking', unit: '×', perRound: ratios(perSecond(found.with), perSecond(found.without)) },
      { label: 'CPU of the service per event asking', unit: 'µs', perRound: cpuUs(found.with) },
      { label: 'CPU of the service per event without', unit: 'µs', perRound: cpuUs(found.without) },
    ],
    bars: [{ figure: 'asking / not asking', is: 'at least', first: 0.7 }],
    notes: [
      'The relay publishes while the consumer consumes, in one process and on the same cores as Kafka and Postgres; a round ends when the outbox is empty, what is timed ends with the last event.',
    ],
  };
}
