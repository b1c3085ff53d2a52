import { createLedger, createRandom, judge, type Random, sendLoad, startService } from '@trunkline/testkit';

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
  full: { deliveries: 20_000, perSecond: 1_000, kills: 50 },
  short: { deliveries: 1_200, perSecond: 600, kills: 4 },
  safeguards: [
    {
      undoes: 'inbox row in the transaction of the effect',
      file: 'packages/consumer/src/apply.ts',
      find: 'const claimed = await claimEvents(tx, items.map(({ entry }) => entry));',
      replace:
        'const claimed = await database.transaction(items.map(({ entry }) => entry.tenantId), (own) => claimEvents(own, items.map(({ entry }) => entry)));',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const ledger = createLedger();
    const ingress = await startService(world.installation, { name: 'ingress', port: world.ingressPort });
    await ingress.ready();
    const load = await sendLoad({
      post: world.sender.post,
      deliveries: scale.deliveries,
      perSecond: scale.perSecond,
      maxOpen: 500,
      retryAfterMs: 250,
      deadlineMs: 300_000,
      ledger,
    });
    await ingress.stop();
    const kills = await killRepeatedly(run);
    await consumeEverything(world, await Promise.all([startTally(world, {}), startPayments(world, {})]));
    const redeliveries = countRedeliveries(world);
    return {
      judgement: judge(ledger.promised, await findings(world)),
      figures: {
        backlog: load.accepted,
        kills: kills.total,
        ...kills.byPoint,
        'redelivered and recognised (at least)': redeliveries,
      },
    };
  },
};

async function killRepeatedly(run: RowRun): Promise<{ readonly total: number; readonly byPoint: Readonly<Record<string, number>> }> {
  const random = createRandom(run.seed);
  const byPoint: Record<string, number> = {};
  for (let kill = 0; kill < run.scale.kills; kill += 1) {
    const point = crashPoints[kill % crashPoints.length] ?? crashPoints[0];
    const tally = await startTally(run.world, { failpoints: `${point}=kill@${hit(random)}`, ...(run.mutation === undefined ? {} : { mutation: run.mutation }) });
    const exit = await tally.exited;
    if (exit.signal !== 'SIGKILL') throw new Error(`the consumer ended by itself (${exit.code ?? exit.signal}); its log: ${tally.logFile}`);
    byPoint[`killed at ${point}`] = (byPoint[`killed at ${point}`] ?? 0) + 1;
    run.onProgress(`${kill + 1} of ${run.scale.kills} kills`);
  }
  return { total: run.scale.kills, byPoint };
}

/** One of the first few batches, so that something is done before and something is left to do. */
function hit(random: Random): number {
  return random.integer(1, 4);
}
