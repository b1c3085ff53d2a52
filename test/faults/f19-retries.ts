import { type ServiceProcess, until } from '@trunkline/installation';
import { retryDelayMs } from '@trunkline/kafka';
import { judge, percentile } from '@trunkline/testkit';

import { giveConnections, takeConnections } from './connections.ts';
import { consumeEverything, forgetKilled, startIngress, startPayments, startTally } from './consumers.ts';
import { countEffects } from './effects.ts';
import { retriesOf, type Retry, type Timeliness, timelinessOf, untilRetrying } from './retries.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { createSenders, lasting } from './senders.ts';
import { findings } from './verifier.ts';

const full: RowScale = { deliveries: 10_000, perSecond: 500, strikes: 2, retryTier: '10s' };
const short: RowScale = { deliveries: 120, perSecond: 200, strikes: 2, retryTier: '1s' };

/** From the moment somebody can work again. A short run shares its two cores with whatever CI does beside it. */
const lateBarMs = { full: 2_000, short: 60_000 } as const;
/** How much longer the fault lasts than the last retry has to wait: then all of them are due at once. */
const overdueMs = 500;
const loadDeadlineMs = 180_000;
const crashDeadlineMs = 60_000;
/** As in production: what is due at once comes in whole batches. */
const batchRecords = '500';

const faults = ['Postgres away', 'consumer killed'] as const;

/** Retries that become due while nobody can run them: the consumer is dead, or its Postgres is away. */
export const dueRetries: FaultRow = {
  id: 'F19',
  title: 'retries due while the consumer is dead or Postgres is away',
  services: [],
  full,
  short,
  safeguards: [
    {
      undoes: 'a retry waits until it is due',
      file: 'packages/kafka/src/pump/pump.ts',
      find: 'const waitMs = delayMs === undefined ? 0 : this.#clock.remainingMs(Number(message.timestamp), delayMs);',
      replace: 'const waitMs = 0;',
    },
    {
      undoes: 'a record is finished when its retry is acknowledged',
      file: 'packages/consumer/src/failures/finish.ts',
      find: 'await batch.copies.publish(copy.record, span, signal);',
      replace: '',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const stumbling = world.senderOf('stumbles');
    const [ingress, payments, first] = await Promise.all([
      startIngress(world),
      startPayments(world, {}),
      startStumbling(run),
    ]);
    await first.ready();
    const senders = createSenders(run, { post: (n) => stumbling.post(n), deadlineMs: loadDeadlineMs });
    const perStrike = Math.ceil(scale.deliveries / scale.strikes);
    const spells: Spell[] = [];
    let tally = first;
    while (spells.length < scale.strikes) {
      const fault = faults[spells.length % faults.length] ?? 'Postgres away';
      await senders.sendDuring(perStrike, () => untilRetrying(world, (spells.length + 1) * perStrike));
      const before = new Set(spells.flatMap(({ retries }) => retries.map(({ eventId }) => eventId)));
      const retries = (await retriesOf(world)).filter(({ eventId }) => !before.has(eventId));
      const expected = (spells.length + 1) * perStrike;
      const struck = await strike(run, { fault, tally, retries, expected });
      tally = struck.tally;
      await until('every retry was applied', async () => (await countEffects(world)) >= expected, {
        deadlineMs: loadDeadlineMs,
        everyMs: 100,
      });
      spells.push({ ...struck, retries, timeliness: await timelinessOf(world, retries, struck.backMs) });
      run.onProgress(`${spells.length} of ${scale.strikes}: ${fault}`);
    }
    await ingress.stop();
    await consumeEverything(world, [tally, payments]);
    return report(run, spells, judge(senders.ledger.promised, await findings(world)));
  },
};

interface Spell extends Struck {
  readonly retries: readonly Retry[];
  readonly timeliness: Timeliness;
}

interface Struck {
  readonly fault: (typeof faults)[number];
  /** When somebody could work again, epoch milliseconds. */
  readonly backMs: number;
  /** Of the retries, when the fault began and when it ended. */
  readonly due: { readonly before: number; readonly after: number };
  readonly tally: ServiceProcess;
}

function startStumbling({ world, mutation }: RowRun, failpoints?: string): Promise<ServiceProcess> {
  return startTally(world, {
    mutation,
    ...(failpoints === undefined ? {} : { failpoints }),
    // Every event fails at first, which looks like a bad release.
    env: { ...forgetKilled, TRUNKLINE_BATCH_RECORDS: batchRecords, TRUNKLINE_RELEASE_GUARD: 'false' },
  });
}

interface StrikeOptions {
  readonly fault: Struck['fault'];
  readonly tally: ServiceProcess;
  readonly retries: readonly Retry[];
  /** Effects that there are when all of them are done. */
  readonly expected: number;
}

async function strike(run: RowRun, { fault, tally, retries, expected }: StrikeOptions): Promise<Struck> {
  const { world } = run;
  const dueBy = (ms: number): number => retries.filter(({ dueMs }) => dueMs <= ms).length;
  const lastDueMs = Math.max(...retries.map(({ dueMs }) => dueMs), Date.now() - retryDelayMs(world.retryTier));
  if (fault === 'Postgres away') {
    const before = dueBy(Date.now());
    await takeConnections(world);
    await lasting(Math.max(0, lastDueMs + overdueMs - Date.now()));
    await giveConnections(world);
    const backMs = Date.now();
    return { fault, tally, backMs, due: { before, after: dueBy(backMs) } };
  }
  const before = dueBy(Date.now());
  tally.kill('SIGKILL');
  await tally.exited;
  await lasting(Math.max(0, lastDueMs + overdueMs - Date.now()));
  // And once more, in the middle of the retries.
  const second = await startStumbling(run, 'consumer.after_effect=kill@1');
  // With nothing left to try again, it lives: then they came early.
  await until(
    'the consumer dies among its retries',
    async () => second.hasExited() || (await countEffects(world)) >= expected,
    { deadlineMs: crashDeadlineMs },
  );
  const after = dueBy(Date.now());
  const third = second.hasExited() ? await startStumbling(run) : second;
  await third.ready();
  return { fault, tally: third, backMs: Date.now(), due: { before, after } };
}

function report({ scale }: RowRun, spells: readonly Spell[], judgement: RowReport['judgement']): RowReport {
  const barMs = lateBarMs[scale === full ? 'full' : 'short'];
  const broken: string[] = [];
  const figures: Record<string, number | string> = {};
  for (const { fault, due, timeliness, retries } of spells) {
    const { early, lateMs } = timeliness;
    const lastMs = Math.round(lateMs.at(-1) ?? 0);
    figures[`${fault}: retries`] = retries.length;
    figures[`${fault}: became due meanwhile`] = due.after - due.before;
    figures[`${fault}: early`] = early;
    figures[`${fault}: late after it was back, median, ms`] = Math.round(percentile(lateMs, 0.5));
    figures[`${fault}: late after it was back, last, ms`] = lastMs;
    if (early > 0) broken.push(`${fault}: ${early} were tried again before they were due`);
    if (due.after === due.before) broken.push(`${fault}: none became due meanwhile`);
    if (lastMs > barMs) broken.push(`${fault}: the last came ${lastMs} ms after it was back, at most ${barMs}`);
  }
  return { judgement, strikes: spells.length, broken, figures };
}
