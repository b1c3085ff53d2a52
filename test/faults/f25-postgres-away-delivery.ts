import { setTimeout as pause } from 'node:timers/promises';

import { type ServiceProcess, until } from '@trunkline/installation';
import { judge, residentBytes } from '@trunkline/testkit';

import { giveConnections, takeConnections } from './connections.ts';
import { type Delivering, openDelivering, type Posting, readyDeadlineMs, resultsWaiting } from './delivering.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';

const full: RowScale = { deliveries: 12_000, perSecond: 0, strikes: 12 };
const short: RowScale = { deliveries: 60, perSecond: 0, strikes: 1 };

interface Fault {
  readonly name: string;
  readonly awayMs: number;
  begin(run: RowRun): Promise<void>;
  end(run: RowRun): Promise<void>;
}

const restart: Fault = {
  name: 'restarted',
  awayMs: 0,
  begin: ({ servers }) => servers.stack.part('postgres').stop(),
  end: ({ servers }) => servers.stack.part('postgres').restart(),
};
/** The first of a full run, and the only one of a short one: to the process it is as if Postgres were gone, and no other server minds. */
const outOfConnections: Fault = {
  name: 'out of connections',
  awayMs: 30_000,
  begin: ({ world }) => takeConnections(world),
  end: ({ world }) => giveConnections(world),
};
const faultOf = (strike: number): Fault => {
  if (strike === 0) return outOfConnections;
  return strike === 1 ? { ...restart, name: 'away', awayMs: 30_000 } : restart;
};

const endpoints = 3;
const timeoutMs = 30_000;
const deadlineMs = 60_000;
/** Of the time that Postgres was away: how long what waited may take. */
const drainShare = 2;
/** Of a short run: so long that writing an answer is tried and fails. */
const shortAwayMs = 2_000;
/** 64 MiB of bodies that wait (limits of the service), and a heap that is collected when it suits it. */
const growthBarBytes = 128 * 1024 * 1024;

/** Postgres goes while requests are in the air, and their answers come while it is away: none may be made twice. */
export const postgresAwayDelivery: FaultRow = {
  id: 'F25',
  title: 'Postgres restarted, away and out of connections while webhooks are sent',
  services: ['delivery'],
  full,
  short,
  safeguards: [
    {
      undoes: 'an answer is kept until Postgres has it',
      file: 'services/delivery/src/dispatch/results.ts',
      find: '      failures += 1;\n',
      replace: '      failures += 1;\n      pending = [];\n      onWritten(batch);\n',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { scale } = run;
    const delivering = await openDelivering(run);
    try {
      await delivering.createEndpoints(endpoints, { timeoutMs });
      const process = await delivering.start('sender');
      await process.ready(readyDeadlineMs);
      const spells: Spell[] = [];
      try {
        for (let strike = 0; strike < scale.strikes; strike += 1) {
          spells.push(await strikeWith(faultOf(strike), { run, delivering, process }));
          run.onProgress(`Postgres ${faultOf(strike).name}: over and drained`);
        }
      } finally {
        // It keeps its schemas in this Postgres, and connections that died with it in its pool.
        if (spells.some(({ name }) => name !== outOfConnections.name))
          await run.servers.stack.part('registry').restart();
      }
      const diedOfIt = process.hasExited();
      await process.stop();
      return reportOf(scale, { delivering, spells, diedOfIt });
    } finally {
      await delivering.close();
    }
  },
};

interface Spell {
  readonly name: string;
  readonly awayMs: number;
  readonly drainMs: number;
  readonly answersMeanwhile: number;
  readonly growthBytes: number;
}

async function strikeWith(
  fault: Fault,
  {
    run,
    delivering,
    process,
  }: { readonly run: RowRun; readonly delivering: Delivering; readonly process: ServiceProcess },
): Promise<Spell> {
  const { scale } = run;
  const held: Posting[] = [];
  delivering.answerBy = (posting) => held.push(posting);
  await delivering.publish(Math.ceil(scale.deliveries / scale.strikes));
  await until(
    'a request to each endpoint is in the air',
    () => new Set(held.map(({ path }) => path)).size === endpoints,
    {
      deadlineMs,
    },
  );
  const before = residentBytes(process.pid) ?? 0;
  await fault.begin(run);
  const beganMs = performance.now();
  let answersMeanwhile: number;
  try {
    delivering.answerBy = delivering.take;
    for (const posting of held) delivering.take(posting);
    answersMeanwhile = await until(
      'answers wait for Postgres',
      async () => (await resultsWaiting(process)) || undefined,
      {
        deadlineMs,
      },
    ).catch(() => 0);
    await pause(scale === full ? fault.awayMs : shortAwayMs);
  } finally {
    await fault.end(run);
  }
  const growthBytes = (residentBytes(process.pid) ?? 0) - before;
  const backMs = performance.now();
  await delivering.drained();
  return {
    name: fault.name,
    awayMs: backMs - beganMs,
    drainMs: performance.now() - backMs,
    answersMeanwhile,
    growthBytes,
  };
}

function reportOf(
  scale: RowScale,
  seen: {
    readonly delivering: Delivering;
    readonly spells: readonly Spell[];
    readonly diedOfIt: boolean;
  },
): RowReport {
  const { delivering, spells, diedOfIt } = seen;
  const { taken, ledger } = delivering;
  const long = spells.filter(({ name }) => name !== restart.name);
  const growthBytes = Math.max(...spells.map((spell) => spell.growthBytes));
  const unproven = spells.filter(({ answersMeanwhile }) => answersMeanwhile === 0);
  return {
    judgement: judge(ledger.promised, { effects: taken, deadLetters: [], waiting: [] }),
    strikes: spells.length,
    broken: [
      ...(diedOfIt ? ['the process ended over an outage'] : []),
      ...unproven.map(({ name }) => `Postgres ${name}: no answer waited for it`),
      // Bounds of time and memory, on a machine that does nothing else.
      ...long
        .filter(({ awayMs, drainMs }) => scale === full && drainMs > drainShare * awayMs)
        .map(
          ({ name, awayMs, drainMs }) => `Postgres ${name} for ${ms(awayMs)} ms: what waited took ${ms(drainMs)} ms`,
        ),
      ...(scale !== full || growthBytes <= growthBarBytes ? [] : [`the process grew by ${mebibytes(growthBytes)} MiB`]),
    ],
    figures: {
      'answers that waited for Postgres, at least': Math.min(...spells.map(({ answersMeanwhile }) => answersMeanwhile)),
      ...Object.fromEntries(long.map(({ name, drainMs }) => [`Postgres ${name}: drained after, ms`, ms(drainMs)])),
      'grew while it was away, at most, MiB': mebibytes(growthBytes),
    },
  };
}

function ms(value: number): number {
  return Math.round(value);
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
