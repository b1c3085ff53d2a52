import { until } from '@trunkline/installation';
import { createLedger, createRandom } from '@trunkline/testkit';

import { startIngress } from './consumers.ts';
import { judgeIndex, startJournal, untilIndexed } from './journal.ts';
import { sendAll } from './kills.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';

const crashPoints = ['journal.before_commit', 'journal.after_commit'] as const;
const crashDeadlineMs = 60_000;
/** A few more before each start, so that there is something to crash on. */
const freshPerKill = 100;

/** kill -9 of the journal between a batch's rows and its COMMIT, and between that and its offsets. */
export const killJournal: FaultRow = {
  id: 'J1',
  title: 'kill -9 of the journal at two crash points',
  full: { deliveries: 20_000, perSecond: 1_000, strikes: 50 },
  short: { deliveries: 300, perSecond: 300, strikes: 2 },
  safeguards: [
    {
      undoes: 'positions move in the transaction that writes the rows',
      file: 'packages/journal/src/write/writer.ts',
      find: 'const taken = await takeUnindexed(tx, rows, names);',
      replace: 'const taken = await database.transaction([], (own) => takeUnindexed(own, rows, names));',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale, seed } = run;
    const ledger = createLedger();
    const ingress = await startIngress(world);
    const senders = { run, ledger, post: (n: number) => world.sender.post(n) };
    await sendAll(senders, { from: 0, count: scale.deliveries });
    const random = createRandom(seed);
    const byPoint: Record<string, number> = {};
    for (let kill = 0; kill < scale.strikes; kill += 1) {
      await sendAll(senders, { from: scale.deliveries + kill * freshPerKill, count: freshPerKill });
      const point = crashPoints[kill % crashPoints.length] ?? crashPoints[0];
      await crash(run, `${point}=kill@${random.integer(1, 3)}`);
      byPoint[`killed at ${point}`] = (byPoint[`killed at ${point}`] ?? 0) + 1;
      run.onProgress(`${kill + 1} of ${scale.strikes} kills`);
    }
    const last = await startJournal(world);
    await Promise.all([ingress.stop(), untilIndexed(world)]);
    await last.stop();
    const { judgement, broken, figures } = await judgeIndex(world, ledger);
    return { judgement, strikes: scale.strikes, broken, figures: { ...byPoint, ...figures } };
  },
};

async function crash({ world, mutation }: RowRun, failpoints: string): Promise<void> {
  const journal = await startJournal(world, { failpoints, mutation });
  await until(`the journal dies at ${failpoints}`, () => journal.hasExited(), { deadlineMs: crashDeadlineMs });
  const exit = await journal.exited;
  if (exit.signal !== 'SIGKILL')
    throw new Error(`the journal ended by itself (${exit.code ?? exit.signal}); its log: ${journal.logFile}`);
}
