import { until } from '@trunkline/installation';
import { createRandom, judge, type Random } from '@trunkline/testkit';

import { consumeEverything, startConsumers, startIngress } from './consumers.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { createSenders, type Senders } from './senders.ts';
import { findings } from './verifier.ts';

const full: RowScale = { deliveries: 24_000, perSecond: 300, strikes: 10 };
const short: RowScale = { deliveries: 600, perSecond: 300, strikes: 1 };

/**
 * From the broker's readiness to the first 2xx: the producer looks for it every half second and needs a connection and
 * an id. A short run shares its two cores with whatever CI does beside it.
 */
const recoveryBarMs = { full: 5_000, short: 60_000 } as const;
/** Stripe's accept deadline is 2 s; the rest is for the queue of a loaded machine. */
const answerBarMs = { full: 6_000, short: 60_000 } as const;
const loadDeadlineMs = 120_000;
const restartDeadlineMs = 60_000;

/** kill -9 of the one broker there is, under load, and its restart on the same data. */
export const killBroker: FaultRow = {
  id: 'F3',
  title: 'kill -9 of the broker and restart, one node',
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
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale, mutation } = run;
    const bars = scale === full ? 'full' : 'short';
    const [consumers, ingress] = await Promise.all([startConsumers(world), startIngress(world, { mutation })]);
    const senders = createSenders(run, { deadlineMs: loadDeadlineMs });
    const outages: Outage[] = [];
    const random = createRandom(run.seed);
    const perStrike = Math.ceil(scale.deliveries / scale.strikes);
    while (outages.length < scale.strikes) {
      outages.push(await senders.sendDuring(perStrike, () => killOnce(run, { senders, random, perStrike })));
      run.onProgress(`${outages.length} of ${scale.strikes} kills`);
    }
    await ingress.stop();
    await consumeEverything(world, consumers);
    const { seen, ledger } = senders;
    const slowestMs = Math.max(...outages.map(({ recoveryMs }) => recoveryMs));
    return {
      judgement: judge(ledger.promised, await findings(world)),
      strikes: outages.length,
      broken: [
        ...seen.complaints({ slowestMs: answerBarMs[bars], unanswered: 0 }),
        ...(slowestMs > recoveryBarMs[bars]
          ? [
              `the first 2xx came ${Math.round(slowestMs)} ms after the broker was ready, at most ${recoveryBarMs[bars]}`,
            ]
          : []),
      ],
      figures: {
        'refused with 503 and Retry-After': seen.refused(),
        'longest outage, ms': Math.round(Math.max(...outages.map(({ awayMs }) => awayMs))),
        'broker ready to first 2xx, slowest, ms': Math.round(slowestMs),
        'slowest answer, ms': Math.round(seen.slowestMs()),
      },
    };
  },
};

interface Outage {
  readonly awayMs: number;
  readonly recoveryMs: number;
}

interface KillOptions {
  readonly senders: Senders;
  readonly random: Random;
  readonly perStrike: number;
}

/** Somewhere in the first half of the load, so that the rest of it meets the outage and the recovery. */
async function killOnce(run: RowRun, { senders, random, perStrike }: KillOptions): Promise<Outage> {
  const broker = run.servers.stack.part('kafka');
  const { seen } = senders;
  const after = seen.accepted() + random.integer(1, Math.floor(perStrike / 2));
  await until('load to kill the broker under', () => seen.accepted() >= after, {
    deadlineMs: loadDeadlineMs,
    everyMs: 5,
  });
  const killedAt = performance.now();
  await broker.kill('SIGKILL');
  await broker.restart();
  const awayMs = performance.now() - killedAt;
  return { awayMs, recoveryMs: await seen.nextAccepted(restartDeadlineMs) };
}
