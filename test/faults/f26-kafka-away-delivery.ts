import { setTimeout as pause } from 'node:timers/promises';

import { until } from '@trunkline/installation';
import { judge } from '@trunkline/testkit';

import { type Delivering, openDelivering, type Posting, readyDeadlineMs } from './delivering.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';

const full: RowScale = { deliveries: 20_000, perSecond: 0, strikes: 1 };
const short: RowScale = { deliveries: 60, perSecond: 0, strikes: 1 };

const endpoints = 3;
const inFlight = 8;
const flushRows = 250;
const timeoutMs = 30_000;
/** In all, of a full run; a short one ends the outage when what is to be seen in it was. */
const awayMs = 60_000;
const deadlineMs = 120_000;

/**
 * The broker goes while webhooks wait. The process goes on sending them, and in the middle it is killed: the next one, which
 * finds no Kafka, sends the rest.
 */
export const kafkaAwayDelivery: FaultRow = {
  id: 'F26',
  title: 'Kafka killed or frozen while webhooks are sent, and while their sender starts',
  services: ['delivery'],
  full,
  short,
  safeguards: [
    {
      undoes: 'a process sends before it has found Kafka',
      file: 'services/delivery/src/app.ts',
      find: `      dispatcher.start();
      listener.start();
      lifecycle.onStop('fan-out', (deadlineMs) => fanOut.stop(deadlineMs));
      await fanOut.start(signal);
`,
      replace: `      lifecycle.onStop('fan-out', (deadlineMs) => fanOut.stop(deadlineMs));
      await fanOut.start(signal);
      dispatcher.start();
      listener.start();
`,
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { scale, servers } = run;
    const delivering = await openDelivering(run);
    try {
      await delivering.createEndpoints(endpoints, { maxInFlight: inFlight, timeoutMs });
      const living = await delivering.start('sender');
      await living.ready(readyDeadlineMs);
      const held: Posting[] = [];
      delivering.answerBy = (posting) => held.push(posting);
      await delivering.publish(scale.deliveries);
      await delivering.fannedOut();

      const kafka = servers.stack.part('kafka');
      // A broker that was killed takes a busy machine a minute to start: a short run freezes it, which is as silent.
      await (scale === full ? kafka.kill('SIGKILL') : kafka.freeze());
      const goneAtMs = performance.now();
      let byLiving: number;
      let bothMs: number;
      let waiting: number;
      try {
        byLiving = await takeHalf(delivering, held);
        living.kill('SIGKILL');
        await living.exited;
        delivering.answerBy = delivering.take;
        await delivering.start('sender');
        await until('the next process has sent the rest', async () => (await delivering.waiting()) === 0, {
          deadlineMs,
        }).catch(() => undefined);
        waiting = await delivering.waiting();
        bothMs = performance.now() - goneAtMs;
        if (scale === full) await pause(Math.max(0, awayMs - bothMs));
      } finally {
        await (scale === full ? kafka.restart() : kafka.thaw());
      }
      // And what comes afterwards is sent like what came before.
      await delivering.publish(Math.ceil(scale.deliveries / 10));
      await delivering.drained();
      return reportOf(delivering, { scale, byLiving, waiting, bothMs });
    } finally {
      await delivering.close();
    }
  },
};

/** Lets the receiver take a half of what was promised, and holds the rest. Resolves with how many it took. */
async function takeHalf(delivering: Delivering, held: readonly Posting[]): Promise<number> {
  const half = Math.ceil(delivering.ledger.promised.size / 2);
  delivering.answerBy = (posting) => {
    if (delivering.taken.length < half) delivering.take(posting);
  };
  for (const posting of held) delivering.answerBy(posting);
  await until('a half is sent without Kafka', () => delivering.taken.length >= half, { deadlineMs }).catch(
    () => undefined,
  );
  return delivering.taken.length;
}

function reportOf(
  { taken, ledger }: Delivering,
  seen: {
    readonly scale: RowScale;
    readonly byLiving: number;
    readonly waiting: number;
    readonly bothMs: number;
  },
): RowReport {
  const distinct = [...new Set(taken)];
  const again = taken.length - distinct.length;
  const most = endpoints * inFlight + flushRows;
  const half = Math.ceil((seen.scale.deliveries * endpoints) / 2);
  return {
    judgement: judge(ledger.promised, { effects: distinct, deadLetters: [], waiting: [] }),
    strikes: seen.scale.strikes,
    broken: [
      ...(seen.byLiving >= half ? [] : [`a living process sent ${seen.byLiving} without Kafka, of ${half}`]),
      ...(seen.waiting === 0 ? [] : [`a process that started without Kafka left ${seen.waiting} unsent`]),
      ...(again <= most ? [] : [`posted again ${again}, at most ${most}`]),
    ],
    figures: {
      'sent by the living process while Kafka was away': seen.byLiving,
      'posted again under the same id': again,
      'all that waited was sent after, ms': Math.round(seen.bothMs),
    },
  };
}
