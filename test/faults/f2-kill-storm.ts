import { type ServiceProcess, until } from '@trunkline/installation';
import { createLedger, judge, type LoadReport, percentile, type PromiseLedger, sendLoad } from '@trunkline/testkit';

import { type CatchUp, catchUpOf, type Life } from './catch-up.ts';
import { consumeEverything, forgetKilled, startIngress, startPayments, startTally } from './consumers.ts';
import { countEffects, effectsSince } from './effects.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { findings } from './verifier.ts';

/** From the moment the group works again, at the scale quality asks for. */
const mostCatchUpMs = 3_000;
const fullPerSecond = 300;
/** Caught up is who has effects as young as this, or twice as old as half of them were before anybody was killed. */
const calmLagMs = 1_000;
/** Sent first and measured nowhere: processes that have just started are slow. */
const warmUpSeconds = 2;
const sendDeadlineMs = 600_000;
/** After the last kill, in distances of two kills: to take over and to catch up in. */
const tail = 2;
/** More than are ever sent: the load ends when the last life has caught up. */
const unlimited = 10_000_000;
/** How much longer than that a busy machine is given. */
const catchUpDeadlineMs = 60_000;

/** kill -9 of a consumer again and again, faster than a group forgets one: each life must catch up before its end. */
export const killStorm: FaultRow = {
  id: 'F2b',
  title: 'kill -9 of a consumer six times in a minute',
  services: [],
  full: { deliveries: 24_000, perSecond: fullPerSecond, strikes: 6 },
  short: { deliveries: 2_400, perSecond: 150, strikes: 2 },
  safeguards: [
    {
      undoes: 'care is bounded to what was in hand',
      file: 'packages/consumer/src/safety/crash-watch.ts',
      find: `    const careful = await suspected(records, signal);
    for (const few of portions(careful))`,
      replace: `    const careful = new Set(records);
    for (const few of records.map((record) => [record]))`,
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const ledger = createLedger();
    const ingress = await startIngress(world);
    const first = await startLife(run);
    await first.ready();
    await send(run, ledger, { from: 0, count: warmUpSeconds * scale.perSecond });
    await until('the first effects', async () => (await countEffects(world)) >= ledger.promised.size, {
      deadlineMs: sendDeadlineMs,
    });
    const over = new AbortController();
    const [load, storm] = await Promise.all([
      send(run, ledger, { from: warmUpSeconds * scale.perSecond, count: unlimited, signal: over.signal }),
      killRepeatedly(run, { first, ledger }).finally(() => over.abort()),
    ]);
    await Promise.all([storm.last.stop(), ingress.stop()]);
    const measured = await measure(run, storm);
    await consumeEverything(world, await Promise.all([startTally(world, {}), startPayments(world, {})]));
    return {
      judgement: judge(ledger.promised, await findings(world)),
      strikes: storm.killedAtMs.length,
      broken: measured.broken,
      figures: { 'accepted (2xx)': load.accepted, ...measured.figures },
    };
  },
};

function send(
  { world, scale }: RowRun,
  ledger: PromiseLedger,
  { from, count, signal }: { readonly from: number; readonly count: number; readonly signal?: AbortSignal },
): Promise<LoadReport> {
  return sendLoad({
    post: (n) => world.sender.post(from + n),
    deliveries: count,
    perSecond: scale.perSecond,
    maxOpen: 500,
    retryAfterMs: 250,
    deadlineMs: sendDeadlineMs,
    ledger,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** As any consumer is configured, crash watch and all; in a short run it is forgotten sooner. */
function startLife({ world, scale, mutation }: RowRun): Promise<ServiceProcess> {
  const isShort = scale.perSecond < fullPerSecond;
  return startTally(world, {
    env: {
      ...(isShort ? forgetKilled : {}),
      TRUNKLINE_CRASH_WATCH: 'true',
      TRUNKLINE_BATCH_RECORDS: '500',
    },
    ...(mutation === undefined ? {} : { mutation }),
  });
}

interface Storm {
  readonly startedAtMs: number;
  readonly killedAtMs: readonly number[];
  readonly bornAtMs: readonly number[];
  readonly last: ServiceProcess;
  readonly endedAtMs: number;
}

/** Told by what was promised, so that a slow machine is killed as often per event as a fast one. */
async function killRepeatedly(
  run: RowRun,
  { first, ledger }: { readonly first: ServiceProcess; readonly ledger: PromiseLedger },
): Promise<Storm> {
  const { scale } = run;
  const startedAtMs = Date.now();
  const before = ledger.promised.size;
  const killedAtMs: number[] = [];
  const bornAtMs: number[] = [];
  let last = first;
  for (let kill = 1; kill <= scale.strikes; kill += 1) {
    const promised = Math.floor((kill * scale.deliveries) / (scale.strikes + tail));
    await until(`${promised} events are promised`, () => ledger.promised.size - before >= promised, {
      deadlineMs: sendDeadlineMs,
      everyMs: 20,
    });
    killedAtMs.push(Date.now());
    last.kill('SIGKILL');
    await last.exited;
    bornAtMs.push(Date.now());
    last = await startLife(run);
    run.onProgress(`${kill} of ${scale.strikes} kills`);
  }
  await until('the load is over', () => ledger.promised.size - before >= scale.deliveries, {
    deadlineMs: sendDeadlineMs,
  });
  const storm = { startedAtMs, killedAtMs, bornAtMs, last };
  const givenUpAtMs = Date.now() + catchUpDeadlineMs;
  return until(
    'the last life has caught up, or it has been given time enough',
    async () => {
      const endedAtMs = Date.now();
      const { caught } = await livesOf(run, { ...storm, endedAtMs });
      return caught.at(-1)?.isDone === true || endedAtMs > givenUpAtMs ? { ...storm, endedAtMs } : undefined;
    },
    { deadlineMs: 2 * catchUpDeadlineMs, everyMs: 500 },
  );
}

interface Lives {
  readonly healthyMs: number;
  /** Undefined for one that never came to work. */
  readonly caught: readonly (CatchUp | undefined)[];
}

async function livesOf(
  { world, scale }: RowRun,
  { startedAtMs, killedAtMs, bornAtMs, endedAtMs }: Storm,
): Promise<Lives> {
  const effects = await effectsSince(world, startedAtMs);
  const healthy = effects.filter(({ appliedAtMs }) => appliedAtMs < (killedAtMs[0] ?? endedAtMs));
  const healthyMs = Math.round(
    percentile(
      healthy.map(({ lagMs }) => lagMs),
      0.5,
    ),
  );
  const calm = { lagMs: Math.max(calmLagMs, 2 * healthyMs), inARow: scale.perSecond / 2 };
  const lives: readonly Life[] = bornAtMs.map((bornMs, index) => ({
    bornAtMs: bornMs,
    endedAtMs: killedAtMs[index + 1] ?? endedAtMs,
  }));
  return { healthyMs, caught: lives.map((life) => catchUpOf(life, effects, calm)) };
}

async function measure(run: RowRun, storm: Storm): Promise<Pick<Required<RowReport>, 'broken' | 'figures'>> {
  const { scale } = run;
  const { healthyMs, caught } = await livesOf(run, storm);
  const worked = caught.flatMap((life) => life ?? []);
  const slowestMs = Math.max(0, ...worked.map(({ workedMs }) => workedMs));
  return {
    broken: brokenOf({ scale, last: caught.at(-1), slowestMs, worked }),
    figures: {
      'median to the effect before the first kill, ms': healthyMs,
      'lives that came to work': worked.length,
      'to the first effect of a life, ms': worked.map(({ idleMs }) => Math.round(idleMs)).join(', '),
      'from there until caught up, ms': worked
        .map(({ workedMs, isDone }) => `${isDone ? '' : 'not in '}${Math.round(workedMs)}`)
        .join(', '),
    },
  };
}

/** In a short run, on a machine that does other things, no second means anything: then it is held against the time nobody worked. */
function brokenOf({
  scale,
  last,
  slowestMs,
  worked,
}: {
  readonly scale: RowRun['scale'];
  readonly last: CatchUp | undefined;
  readonly slowestMs: number;
  readonly worked: readonly CatchUp[];
}): readonly string[] {
  const mostMs =
    scale.perSecond >= fullPerSecond ? mostCatchUpMs : Math.max(mostCatchUpMs, ...worked.map(({ idleMs }) => idleMs));
  return [
    ...(last?.isDone === true ? [] : ['the last life had not caught up when the load ended']),
    ...(slowestMs <= mostMs ? [] : [`caught up after ${Math.round(slowestMs)} ms, at most ${Math.round(mostMs)}`]),
  ];
}
