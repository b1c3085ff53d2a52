import { createLedger, judge } from '@trunkline/testkit';

import { consumeEverything, forgetKilled, startIngress, startPayments, startTally } from './consumers.ts';
import { claimedApart, killAtPoints, sendAll } from './kills.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { countRedeliveries, findings } from './verifier.ts';

/** kill -9 of a consumer at each of the four points between a record and its committed offset, over a backlog. */
export const killConsumer: FaultRow = {
  id: 'F2',
  title: 'kill -9 of a consumer at four crash points',
  services: [],
  full: { deliveries: 20_000, perSecond: 1_000, strikes: 50 },
  short: { deliveries: 800, perSecond: 400, strikes: 4 },
  safeguards: [
    {
      undoes: 'only events that the inbox did not know reach a handler',
      file: 'packages/consumer/src/batch/apply.ts',
      find: 'open.filter(({ entry }) => claimed.has(entry.eventId)),',
      replace: 'open,',
    },
    claimedApart,
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const ledger = createLedger();
    const ingress = await startIngress(world);
    const senders = { run, ledger, post: (n: number) => world.sender.post(n) };
    const backlog = await sendAll(senders, { from: 0, count: scale.deliveries });
    const kills = await killAtPoints(senders, [
      {
        name: 'the tally',
        start: (failpoints) => startTally(world, { failpoints, mutation: run.mutation, env: forgetKilled }),
      },
    ]);
    await ingress.stop();
    await consumeEverything(world, await Promise.all([startTally(world, {}), startPayments(world, {})]));
    const redeliveries = countRedeliveries(world);
    return {
      judgement: judge(ledger.promised, await findings(world)),
      strikes: kills.rounds,
      figures: {
        backlog,
        ...kills.byPoint,
        'redelivered and recognised (at least)': redeliveries,
      },
    };
  },
};
