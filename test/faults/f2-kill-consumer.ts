import { until } from '@trunkline/installation';
import { createLedger, createRandom, judge, type PromiseLedger, type Random, sendLoad } from '@trunkline/testkit';

import { consumeEverything, startPayments, startTally } from './consumers.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { countRedeliveries, findings } from './verifier.ts';

const crashPoints = [
  'consumer.before_effect',
  'consumer.after_effect',
  'consumer.after_commit',
  'consumer.before_offset_commit',
] as const;

/** kill -9 of a consumer at each of the four points between a record and its committed offset, over a backlog. */
export const killConsumer: FaultRow = {
  id: 'F2',
  title: 'kill -9 of a consumer at four crash points',
  full: { deliveries: 20_000, perSecond: 1_000, strikes: 50 },
  short: { deliveries: 800, perSecond: 400, strikes: 4 },
  safeguards: [
    {
      undoes: 'only events that the inbox did not know reach a handler',
      file: 'packages/consumer/src/batch/apply.ts',
      find: 'items.filter(({ entry }) => claimed.has(entry.eventId)),',
      replace: 'items,',
    },
    {
      undoes: 'inbox row in the transaction of the effect',
      file: 'packages/consumer/src/batch/apply.ts',
      find: 'const claimed = await claimEvents(',
      replace:
        'const claimed = await ((_, entries) => database.transaction(entries.map((entry) => entry.tenantId), (own) => claimEvents(own, entries)))(',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const ledger = createLedger();
    const ingress = await world.start({ name: 'ingress', port: world.ingressPort });
    await ingress.ready();
    const senders = { run, ledger };
    const backlog = await send(senders, 0, scale.deliveries);
    const kills = await killRepeatedly(senders);
    await ingress.stop();
    await consumeEverything(world, await Promise.all([startTally(world, {}), startPayments(world, {})]));
    const redeliveries = countRedeliveries(world);
    return {
      judgement: judge(ledger.promised, await findings(world)),
      strikes: kills.total,
      figures: {
        backlog,
        ...kills.byPoint,
        'redelivered and recognised (at least)': redeliveries,
      },
    };
  },
};

interface Senders {
  readonly run: RowRun;
  readonly ledger: PromiseLedger;
}

async function send({ run, ledger }: Senders, from: number, count: number): Promise<number> {
  const load = await sendLoad({
    post: (n) => run.world.sender.post(from + n),
    deliveries: count,
    perSecond: run.scale.perSecond,
    maxOpen: 500,
    retryAfterMs: 250,
    deadlineMs: 300_000,
    ledger,
  });
  return load.accepted;
}

/** A few more before each start, so that however fast the backlog went there is something to crash on. */
const freshPerKill = 120;
const crashDeadlineMs = 60_000;

async function killRepeatedly(
  senders: Senders,
): Promise<{ readonly total: number; readonly byPoint: Readonly<Record<string, number>> }> {
  const { run } = senders;
  const random = createRandom(run.seed);
  const byPoint: Record<string, number> = {};
  for (let kill = 0; kill < run.scale.strikes; kill += 1) {
    await send(senders, run.scale.deliveries + kill * freshPerKill, freshPerKill);
    const point = crashPoints[kill % crashPoints.length] ?? crashPoints[0];
    await crash(run, `${point}=kill@${hit(random, point)}`);
    byPoint[`killed at ${point}`] = (byPoint[`killed at ${point}`] ?? 0) + 1;
    run.onProgress(`${kill + 1} of ${run.scale.strikes} kills`);
  }
  return { total: run.scale.strikes, byPoint };
}

async function crash(run: RowRun, failpoints: string): Promise<void> {
  const tally = await startTally(run.world, {
    failpoints,
    ...(run.mutation === undefined ? {} : { mutation: run.mutation }),
  });
  await until(`the consumer dies at ${failpoints}`, () => tally.hasExited(), { deadlineMs: crashDeadlineMs });
  const exit = await tally.exited;
  if (exit.signal !== 'SIGKILL')
    throw new Error(`the consumer ended by itself (${exit.code ?? exit.signal}); its log: ${tally.logFile}`);
}

/** One of the first batches, so that something is done before and something is left to do; offsets are committed once in a while only. */
function hit(random: Random, point: (typeof crashPoints)[number]): number {
  return point === 'consumer.before_offset_commit' ? 1 : random.integer(1, 3);
}
