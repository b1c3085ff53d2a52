import { until } from '@trunkline/installation';

import { startIngress } from './consumers.ts';
import { judgeIndex, startJournal, untilIndexed } from './journal.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { createSenders } from './senders.ts';

const sendDeadlineMs = 600_000;
const crashDeadlineMs = 60_000;

/** One member stays, another comes and goes while deliveries keep coming: by SIGTERM, and by SIGKILL before its offsets are committed. */
export const rebalanceJournal: FaultRow = {
  id: 'J2',
  title: 'two members of the journal in a rebalance storm',
  full: { deliveries: 10_000, perSecond: 100, strikes: 20 },
  short: { deliveries: 600, perSecond: 100, strikes: 2 },
  safeguards: [
    {
      undoes: 'a record below its position is dropped',
      file: 'packages/journal/src/write/positions.ts',
      find: 'return own.filter(({ place }) => place.offset >= next);',
      replace: 'return own.filter(() => next >= 0n);',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale, mutation } = run;
    const senders = createSenders(run, { deadlineMs: sendDeadlineMs });
    const [ingress, steady] = await Promise.all([startIngress(world), startJournal(world, { mutation })]);
    await steady.ready();
    let isOver = false;
    const storm = comeAndGo(run).finally(() => (isOver = true));
    // So many at the least, and as long as the storm lasts: a member that finds nothing to index is not killed by it.
    const load = async (): Promise<void> => {
      for (let sent = 0; sent < scale.deliveries || !isOver; sent += scale.perSecond)
        await senders.sendDuring(scale.perSecond, () => Promise.resolve());
    };
    const [kills] = await Promise.all([storm, load()]);
    await Promise.all([ingress.stop(), untilIndexed(world)]);
    await steady.stop();
    const { judgement, broken, figures } = await judgeIndex(world, senders.ledger);
    return { judgement, strikes: scale.strikes, broken, figures: { 'of them killed': kills, ...figures } };
  },
};

async function comeAndGo(run: RowRun): Promise<number> {
  const { world, scale, mutation } = run;
  let kills = 0;
  for (let round = 0; round < scale.strikes; round += 1) {
    const isKilled = round % 2 === 0;
    const member = await startJournal(
      world,
      isKilled ? { failpoints: 'journal.after_commit=kill@2', mutation } : { mutation },
    );
    if (isKilled) {
      await until('the second member dies', () => member.hasExited(), { deadlineMs: crashDeadlineMs });
      kills += 1;
    } else {
      await member.ready();
      await member.stop();
    }
    run.onProgress(`${round + 1} of ${scale.strikes} members came and went`);
  }
  return kills;
}
