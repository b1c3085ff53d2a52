import { until } from '@trunkline/installation';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { backlogPerSecond, batchRecords, drainDeadlineMs } from './consumer.ts';
import { emptyTables, fillWithPayments, openPaymentsBench, type PaymentsBench } from './load/payments-bench.ts';
import { paymentsWith } from './load/payments-service.ts';

/** Of a backlog: the part behind which its rate counts as the usual one. */
const steadyFrom = 0.5;

/** B6: how soon work goes on when a dependency is back, and whether a backlog goes faster than it came. */
export const recovery: Benchmark = {
  name: 'recovery',
  title: 'B6 · Recovery',
  question:
    'Postgres refuses the payments service (its projection alone) and nobody else, while its topic fills; then it lets it in again. From there to the ' +
    `first effect, and until the backlog is drained: against the time that it would take at the rate of its second half (up to ${batchRecords} events a transaction).`,
  run: async (run: BenchRun): Promise<BenchReport> => {
    const bench = await openPaymentsBench(await run.world());
    const service = await bench.world.start(paymentsWith('projection', batchRecords));
    const found: Recovered[] = [];
    // The first round is for the compiler and the tables.
    for (let round = 0; round <= run.rounds; round += 1) {
      run.signal.throwIfAborted();
      const recovered = await recoverOnce(bench, backlogPerSecond * (round === 0 ? 1 : run.seconds));
      if (round === 0) continue;
      found.push(recovered);
      run.onProgress(
        `round ${round}: first effect after ${Math.round(recovered.firstMs)} ms, ${recovered.ratio.toFixed(2)} ×`,
      );
    }
    await service.stop();
    return reportOf(found);
  },
};

interface Recovered {
  /** From the moment Postgres takes connections again. */
  readonly firstMs: number;
  readonly drainMs: number;
  readonly perSecond: number;
  readonly ratio: number;
}

async function recoverOnce(bench: PaymentsBench, events: number): Promise<Recovered> {
  const { database } = bench.world;
  const role = `${bench.world.installation.database}_payments`;
  await emptyTables(bench);
  await database.statement(`ALTER ROLE ${role} CONNECTION LIMIT 0`, []);
  await database.statement('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);
  await fillWithPayments(bench, events);
  const [back] = await database.statement<{ readonly at: string }>('SELECT clock_timestamp()::text AS at', []);
  await database.statement(`ALTER ROLE ${role} CONNECTION LIMIT -1`, []);
  await until(
    'the backlog is drained',
    async () => {
      const [row] = await database.statement<{ readonly n: number }>(
        'SELECT count(*)::int AS n FROM payments.inbox',
        [],
      );
      return (row?.n ?? 0) >= events;
    },
    { deadlineMs: drainDeadlineMs, everyMs: 100 },
  );
  const [row] = await database.statement<Times>(timesSql, [back?.at, Math.ceil(events * steadyFrom)]);
  const { firstMs, drainMs, perSecond } = row ?? { firstMs: Number.NaN, drainMs: Number.NaN, perSecond: Number.NaN };
  return { firstMs, drainMs, perSecond, ratio: drainMs / ((events * 1_000) / perSecond) };
}

type Times = Pick<Recovered, 'firstMs' | 'drainMs' | 'perSecond'>;

/** Every inbox row carries the time its transaction began: the first one's is when work went on. */
const timesSql = `
WITH steady AS (SELECT processed_at AS since FROM payments.inbox ORDER BY processed_at OFFSET $2::int LIMIT 1),
     edge AS (SELECT since, max(processed_at) AS last, min(processed_at) AS first FROM payments.inbox, steady GROUP BY since)
SELECT (extract(epoch FROM first - $1::timestamptz) * 1000)::float8 AS "firstMs",
  (extract(epoch FROM last - $1::timestamptz) * 1000)::float8 AS "drainMs",
  (count(*) / extract(epoch FROM last - since))::float8 AS "perSecond"
FROM payments.inbox, edge WHERE processed_at >= since AND processed_at < last GROUP BY since, first, last`;

function reportOf(found: readonly Recovered[]): BenchReport {
  return {
    figures: [
      { label: 'Postgres back to first effect', unit: 'ms', perRound: found.map(({ firstMs }) => firstMs) },
      { label: 'backlog drained', unit: 'ms', perRound: found.map(({ drainMs }) => drainMs) },
      { label: 'rate of its second half', unit: '/s', perRound: found.map(({ perSecond }) => perSecond) },
      { label: 'drained / backlog at that rate', unit: '×', perRound: found.map(({ ratio }) => ratio) },
    ],
    bars: [
      { figure: 'Postgres back to first effect', is: 'at most', first: 5_000 },
      { figure: 'drained / backlog at that rate', is: 'at most', first: 1.3 },
    ],
    notes: [
      'The ratio holds the wait for the first effect, too: the shorter the backlog, the more of it that is. How long the ingress takes when the broker is back is in docs/reliability.md, F3.',
    ],
  };
}
