import { type ServiceProcess, until } from '@trunkline/installation';
import { createRandom, judge } from '@trunkline/testkit';

import { type Delivering, openDelivering, readyDeadlineMs } from './delivering.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';

const crashPoints = [
  'delivery.after_answer',
  'delivery.after_flush',
  'delivery.before_send',
  'consumer.after_commit',
] as const;
const crashDeadlineMs = 60_000;
/** A few more before each start, so that there is something to crash on. */
const freshPerKill = 60;
/** What the endpoint allows at a time, and what one write takes at most: that may be posted again after a kill. */
const inFlight = 8;
const flushRows = 250;

/** kill -9 of the process that fans out and sends, around a request and its being written down, and around the fan-out's commit. */
export const killDelivery: FaultRow = {
  id: 'F21',
  title: 'kill -9 of the delivery of webhooks at four crash points',
  services: ['delivery'],
  full: { deliveries: 20_000, perSecond: 0, strikes: 50 },
  short: { deliveries: 100, perSecond: 0, strikes: 2 },
  safeguards: [
    {
      undoes: 'a task stays until its answer is written',
      file: 'services/delivery/src/dispatch/dispatcher.ts',
      find: 'await loadTasks(database, hungry, { nowMs, signal: stopping.signal });',
      replace: `await loadTasks(database, hungry, { nowMs, signal: stopping.signal });
    await database.statement('DELETE FROM delivery.task', []);`,
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { scale, seed } = run;
    const delivering = await openDelivering(run);
    try {
      await delivering.createEndpoints(1, { maxInFlight: inFlight });
      await delivering.publish(scale.deliveries);
      const random = createRandom(seed);
      const byPoint: Record<string, number> = {};
      for (let kill = 0; kill < scale.strikes; kill += 1) {
        await delivering.publish(freshPerKill);
        const point = crashPoints[kill % crashPoints.length] ?? crashPoints[0];
        await crash(delivering, `${point}=kill@${hit(random.integer(1, 20), point)}`);
        byPoint[`killed at ${point}`] = (byPoint[`killed at ${point}`] ?? 0) + 1;
        run.onProgress(`${kill + 1} of ${scale.strikes} kills`);
      }
      const last = await start(delivering);
      await last.ready(readyDeadlineMs);
      await delivering.drained();
      await last.stop();
      return reportOf(delivering, { byPoint, strikes: scale.strikes });
    } finally {
      await delivering.close();
    }
  },
};

function reportOf(
  { taken, ledger }: Delivering,
  { byPoint, strikes }: { readonly byPoint: Readonly<Record<string, number>>; readonly strikes: number },
): RowReport {
  const distinct = [...new Set(taken)];
  const again = taken.length - distinct.length;
  const most = strikes * (inFlight + flushRows);
  return {
    // That a message is posted again after a kill is promised; that it is under another id, or lost, is not.
    judgement: judge(ledger.promised, { effects: distinct, deadLetters: [], waiting: [] }),
    strikes,
    broken: again <= most ? [] : [`posted again ${again}, at most ${most}`],
    figures: {
      ...byPoint,
      'posted again under the same id': again,
      'posted again after one kill, on average': Number((again / Math.max(1, strikes)).toFixed(1)),
    },
  };
}

async function crash(delivering: Delivering, failpoints: string): Promise<void> {
  const delivery = await start(delivering, failpoints);
  await until(`delivery dies at ${failpoints}`, () => delivery.hasExited(), { deadlineMs: crashDeadlineMs });
  const exit = await delivery.exited;
  if (exit.signal !== 'SIGKILL')
    throw new Error(`delivery ended by itself (${exit.code ?? exit.signal}); its log: ${delivery.logFile}`);
}

/** Of requests any of the first; of what is done for many at a time the first. */
function hit(request: number, point: (typeof crashPoints)[number]): number {
  return point === 'delivery.after_answer' || point === 'delivery.before_send' ? request : 1;
}

/** Always under the same name, so that the next one need not wait for the lease of the one that was killed. */
function start(delivering: Delivering, failpoints?: string): Promise<ServiceProcess> {
  return delivering.start('sender', failpoints === undefined ? {} : { failpoints });
}
