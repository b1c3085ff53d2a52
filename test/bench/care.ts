import { createCrashWatch, openBatchHarness, type ProcessBatch, shopRecord } from '@trunkline/consumer/testing';
import type { IncomingRecord } from '@trunkline/kafka';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';

/** As a backlog is read, as 300 events a second come by, and the worst. */
const batchSizes = [500, 5, 1] as const;
const batchesPerSecond: Readonly<Record<(typeof batchSizes)[number], number>> = { 500: 40, 5: 600, 1: 1_000 };
const partitions = 12n;
const signal = new AbortController().signal;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What it costs to note what is in hand before each batch, while no process dies. */
export const care: Benchmark = {
  name: 'care',
  title: 'The care of consumers',
  question:
    'CPU of a consumer process per event for noting in Postgres what it has in hand before each batch: batches handed over ' +
    'with the notes and without, in turns in one process, to nobody. Beside it the CPU of applying such an event (decoding, ' +
    'inbox row, one insert), for the proportion.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const { installation } = await run.world();
    const harness = await openBatchHarness(installation.endpoints.postgresAdminUrl);
    const watch = createCrashWatch(harness.context, log);
    const nobody: ProcessBatch = () => Promise.resolve();
    const sides = { with: watch.guard(nobody, 'main'), without: nobody, applied: harness.process('main') } as const;
    let entity = 0;
    let offset = 0n;

    const record = harness.record(shopRecord('e'));
    const nextOf = (side: Side): IncomingRecord => {
      if (side === 'applied') return harness.record(shopRecord(`e${(entity += 1)}`));
      offset += 1n;
      return { ...record, partition: Number(offset % partitions), offset: offset / partitions };
    };

    async function batch(side: Side, size: number): Promise<number> {
      const records = Array.from({ length: size }, () => nextOf(side));
      const before = process.cpuUsage();
      await sides[side](records, signal);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    }

    const figures = new Map(batchSizes.map((size) => [size, emptyFound()]));
    try {
      for (let round = 0; round <= run.rounds; round += 1) {
        for (const [size, found] of figures) {
          const spent = { with: 0, without: 0, applied: 0 };
          const batches = batchesPerSecond[size] * run.seconds;
          for (let index = 0; index < batches; index += 1) {
            run.signal.throwIfAborted();
            // Neither side is always the second one.
            for (const side of index % 2 === 0 ? compared : compared.toReversed())
              spent[side] += await batch(side, size);
            if (index % oneAppliedIn === 0) spent.applied += (await batch('applied', size)) * oneAppliedIn;
          }
          // The first round is for the compiler.
          if (round > 0)
            for (const side of [...compared, 'applied'] as const) found[side].push(spent[side] / (batches * size));
        }
        await harness.test.admin('TRUNCATE shop.effect, shop.inbox');
        run.onProgress(`round ${round} of ${run.rounds}`);
      }
    } finally {
      await watch.stop();
      await harness.close();
    }
    return {
      figures: [...figures].flatMap(([size, found]) => [
        { label: `with notes, ${size} a batch`, unit: 'µs', perRound: found.with },
        { label: `without, ${size} a batch`, unit: 'µs', perRound: found.without },
        {
          label: `the care, ${size} a batch`,
          unit: 'µs',
          perRound: found.with.map((cost, round) => cost - (found.without[round] ?? 0)),
        },
        { label: `applying one, ${size} a batch`, unit: 'µs', perRound: found.applied },
      ]),
      bars: batchSizes
        .filter((size) => size > 1)
        .map((size) => ({ figure: `the care, ${size} a batch`, is: 'at most', first: 2 })),
      notes: [
        'A batch of one has its own cost: the note is looked up for it alone. It is told, and has no bar.',
        'CPU of the consumer process alone, not of Postgres. Its beat, one statement a second, falls on all sides.',
        'Records of 12 partitions in turns. A note reaches 256 offsets ahead in each, so batches of few records share one.',
      ],
    };
  },
};

type Side = 'with' | 'without' | 'applied';
const compared = ['with', 'without'] as const;
/** It takes so much longer that all of them would be most of the time. */
const oneAppliedIn = 20;

function emptyFound(): Readonly<Record<Side, number[]>> {
  return { with: [], without: [], applied: [] };
}
