import { until } from '@trunkline/installation';
import { type Direction, type FaultProxy, judge, startFaultProxy } from '@trunkline/testkit';

import { consumeEverything, startConsumers, startIngress } from './consumers.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { createSenders, lasting, type Senders } from './senders.ts';
import { findings } from './verifier.ts';

const full: RowScale = { deliveries: 32_400, perSecond: 300, strikes: 3 };
const short: RowScale = { deliveries: 400, perSecond: 100, strikes: 1 };

/** One per strike: what does not pass any more. A network often loses one way only. */
const partitions: readonly { readonly name: string; readonly direction?: Direction }[] = [
  { name: 'both ways' },
  { name: 'answers only', direction: 'to_client' },
  { name: 'requests only', direction: 'to_upstream' },
];
/** The short one is longer than the accept deadline of the source, 2 s. */
const partitionMs = { full: 30_000, short: 2_500 } as const;
/** A short run shares its two cores with whatever CI does beside it. */
const recoveryBarMs = { full: 5_000, short: 60_000 } as const;
/** Stripe's accept deadline is 2 s; the rest is for the queue of a loaded machine. */
const answerBarMs = { full: 6_000, short: 60_000 } as const;
const loadDeadlineMs = 180_000;
const recoveryDeadlineMs = 60_000;

/** Nothing passes between ingress and broker; what was sent meanwhile arrives late, as TCP does it. */
export const partitioned: FaultRow = {
  id: 'F9',
  title: 'network partition between ingress and broker, both ways and one way',
  services: [],
  full,
  short,
  safeguards: [
    {
      undoes: 'a failed publish is a 503',
      file: 'services/ingress/src/steps/publish.ts',
      find: '    return refusalOf(error);\n',
      replace: '    refusalOf(error);\n',
    },
    {
      undoes: 'the accept deadline of the source',
      file: 'services/ingress/src/steps/publish.ts',
      find: '{ deadlineMs: Math.max(leastPublishMs, remainingMs) }',
      replace: '{ deadlineMs: 600_000 + remainingMs }',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const proxy = await startFaultProxy({
      upstream: run.servers.stack.endpoints.kafkaProxyUpstream ?? '',
      port: run.servers.kafkaProxyPort,
      seed: run.seed,
    });
    try {
      return await runBehind(run, proxy);
    } finally {
      await proxy.close();
    }
  },
};

async function runBehind(run: RowRun, proxy: FaultProxy): Promise<RowReport> {
  const { world, scale, mutation } = run;
  const bars = scale === full ? 'full' : 'short';
  const [consumers, ingress] = await Promise.all([
    startConsumers(world),
    startIngress(world, { mutation, env: { TRUNKLINE_KAFKA_BROKERS: proxy.address } }),
  ]);
  const senders = createSenders(run, { deadlineMs: loadDeadlineMs });
  const spells: Spell[] = [];
  const perStrike = Math.ceil(scale.deliveries / scale.strikes);
  while (spells.length < scale.strikes) {
    const partition = partitions[spells.length % partitions.length] ?? { name: 'both ways' };
    spells.push(
      await senders.sendDuring(perStrike, () =>
        partitionOnce(run, { ...partition, senders, proxy, ms: partitionMs[bars] }),
      ),
    );
    run.onProgress(`${spells.length} of ${scale.strikes}: ${partition.name}`);
  }
  await ingress.stop();
  await consumeEverything(world, consumers);
  const { seen, ledger } = senders;
  const slowestMs = Math.max(...spells.map(({ recoveryMs }) => recoveryMs));
  return {
    judgement: judge(ledger.promised, await findings(world)),
    strikes: spells.length,
    broken: [
      ...seen.complaints({ slowestMs: answerBarMs[bars], unanswered: 0 }),
      ...spells
        .filter(({ refused }) => refused === 0)
        .map(({ name }) => `${name}: nobody was told to come back while it lasted`),
      ...(slowestMs > recoveryBarMs[bars]
        ? [`the first 2xx came ${Math.round(slowestMs)} ms after it was healed, at most ${recoveryBarMs[bars]}`]
        : []),
    ],
    figures: {
      'partition lasts, ms': partitionMs[bars],
      'refused with 503 and Retry-After': seen.refused(),
      'answers, p99, ms': Math.round(seen.p99Ms()),
      'slowest answer, ms': Math.round(seen.slowestMs()),
      ...Object.fromEntries(
        spells.map(({ name, recoveryMs }) => [`${name}: healed to first 2xx, ms`, Math.round(recoveryMs)]),
      ),
    },
  };
}

interface Spell {
  readonly name: string;
  /** Postings that were told to come back while it lasted. */
  readonly refused: number;
  readonly recoveryMs: number;
}

interface PartitionOptions {
  readonly name: string;
  readonly direction?: Direction;
  readonly senders: Senders;
  readonly proxy: FaultProxy;
  readonly ms: number;
}

async function partitionOnce(
  { scale }: RowRun,
  { name, direction, senders, proxy, ms }: PartitionOptions,
): Promise<Spell> {
  const { seen } = senders;
  const after = seen.accepted() + scale.perSecond / 2;
  await until('load to cut the network under', () => seen.accepted() >= after, { deadlineMs: loadDeadlineMs });
  const refusedBefore = seen.refused();
  await proxy.inflict({ kind: 'partition', ...(direction === undefined ? {} : { direction }) });
  await lasting(ms);
  await proxy.inflict(undefined);
  const refused = seen.refused() - refusedBefore;
  return { name, refused, recoveryMs: await seen.nextAccepted(recoveryDeadlineMs) };
}
