import { createPublisher, type Publisher } from '@trunkline/kafka';

import type { BenchRun } from '../benchmark.ts';
import { backlogPerSecond, batchRecords, type Drain, drained } from '../consumer.ts';
import type { BenchWorld } from '../world.ts';
import { createRecordMaker, type RecordMaker } from './deliveries.ts';
import { type Parts, paymentsWith } from './payments-service.ts';

/** The payments service with some of its parts, drain after drain. */
export interface PaymentsBench {
  readonly world: BenchWorld;
  readonly maker: RecordMaker;
  readonly publisher: Publisher;
  published: number;
  asked: number;
}

export async function openPaymentsBench(world: BenchWorld): Promise<PaymentsBench> {
  const publisher = await createPublisher(world.kafka);
  world.endWith(() => publisher.close({ deadlineMs: 5_000 }));
  return { world, publisher, maker: await createRecordMaker(world, world.settings), published: 0, asked: 0 };
}

const fillChunk = 500;
const tables = ['inbox', 'payment', 'ledger_object', 'ledger_fact', 'posting', 'outbox'].map(
  (table) => `payments.${table}`,
);

/** Fills the topic with so many payments that nobody spoke of; of one tenant, or of so many by turns. */
export async function fillWithPayments(bench: PaymentsBench, events: number, tenants = 1): Promise<void> {
  const { publisher, maker } = bench;
  for (let begin = 0; begin < events; begin += fillChunk) {
    const count = Math.min(fillChunk, events - begin);
    const records = Array.from({ length: count }, () => {
      const n = (bench.published += 1);
      return maker.records(n, tenants === 1 ? undefined : `tnt_bench_${n % tenants}`)[1];
    });
    await publisher.publish(records, { deadlineMs: 30_000 });
  }
}

export async function emptyTables({ world }: PaymentsBench): Promise<void> {
  await world.database.transaction([], (tx) => tx.query(`TRUNCATE ${tables.join(', ')}`));
}

/** Drains so many new payments into empty tables. Looks `afterwards`, while the service still runs. */
export async function drainNewPayments(
  bench: PaymentsBench,
  options: {
    readonly parts: Parts;
    readonly events: number;
    readonly tenants?: number;
    readonly afterwards?: () => Promise<void>;
  },
): Promise<Drain> {
  const { world } = bench;
  const { parts, events, tenants, afterwards } = options;
  await emptyTables(bench);
  await fillWithPayments(bench, events, tenants);
  const service = await world.start(paymentsWith(parts, batchRecords));
  try {
    const drain = await drained(world.database, events, service.pid);
    await afterwards?.();
    return drain;
  } finally {
    await service.stop();
  }
}

export interface PartsCompared {
  readonly with: readonly Drain[];
  readonly without: readonly Drain[];
}

/** The service with `parts` and with its projection alone, in every round as many new payments each. `afterwards` is told how many events had them. */
export async function compareParts(
  run: BenchRun,
  bench: PaymentsBench,
  options: { readonly parts: Parts; readonly afterwards: (expected: number) => Promise<void> },
): Promise<PartsCompared> {
  const found = { with: [] as Drain[], without: [] as Drain[] };
  // The first round is for the tables.
  for (let round = 0; round <= run.rounds; round += 1) {
    run.signal.throwIfAborted();
    const events = round === 0 ? backlogPerSecond : backlogPerSecond * run.seconds;
    // Turn and turn about: whoever comes second finds the tables of the first.
    const order = round % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const);
    for (const side of order) {
      const drain = await drainNewPayments(bench, {
        parts: side === 'with' ? options.parts : 'projection',
        events,
        afterwards: () => options.afterwards(side === 'with' ? events : 0),
      });
      if (round > 0) found[side].push(drain);
    }
    const [a, b] = [found.with.at(-1), found.without.at(-1)];
    if (a !== undefined && b !== undefined)
      run.onProgress(`round ${round}: ${Math.round(a.perSecond)}/s with, ${Math.round(b.perSecond)}/s without`);
  }
  return found;
}
