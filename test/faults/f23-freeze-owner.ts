import { setTimeout as pause } from 'node:timers/promises';

import { type ServiceProcess, until } from '@trunkline/installation';
import { judge } from '@trunkline/testkit';

import {
  type Delivering,
  figureOf,
  openDelivering,
  readyDeadlineMs,
  type Posting,
  resultsWaiting,
  shortLeaseMs,
} from './delivering.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import {
  complaintsOf,
  ownerNamed,
  pathsOf,
  readShardLog,
  untilShared,
  untilTakenOver,
  watchShards,
  withoutLease,
} from './shard-log.ts';

const full: RowScale = { deliveries: 180, perSecond: 0, strikes: 3 };
const short: RowScale = { deliveries: 3, perSecond: 0, strikes: 1 };

/** One per strike: a lease is 10 s. A short run has a lease of its own, and freezes until it is over. */
const freezesMs = [20_000, 5_000, 60_000] as const;
const leaseMs = 10_000;
/** So many that each process has some. */
const endpoints = 24;
/** The longest there is: what is held must not be given up meanwhile. */
const timeoutMs = 30_000;
const deadlineMs = 60_000;

/**
 * SIGSTOP of a process that sends, with a request to each of its endpoints in the air, until another one has its endpoints
 * and the same requests in the air; then its own fail, and it wakes. Nothing of what it thinks then may count.
 */
export const freezeOwner: FaultRow = {
  id: 'F23',
  title: 'a process that sends webhooks frozen for 5, 20 and 60 s',
  services: ['delivery'],
  full,
  short,
  safeguards: [
    {
      undoes: 'what came of a request is written by the owner of its endpoint only',
      file: 'services/delivery/src/dispatch/results.ts',
      find: '.shard WHERE owner =',
      replace: '.shard WHERE true OR owner =',
    },
    {
      undoes: 'a process whose lease is old sends nothing',
      file: 'services/delivery/src/dispatch/shards.ts',
      find: 'isFresh: () => steadyClock() - renewedAtMs < times.selfFenceMs',
      replace: 'isFresh: () => true',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const isShort = scale !== full;
    const delivering = await openDelivering(run);
    try {
      await watchShards(world);
      // One request at a time, so that it is known which are in the air.
      await delivering.createEndpoints(endpoints, { maxInFlight: 1, timeoutMs });
      const env = isShort ? { env: { TRUNKLINE_DELIVERY_LEASE_MS: String(shortLeaseMs) } } : {};
      const [frozen, other] = await Promise.all([delivering.start('frozen', env), delivering.start('other', env)]);
      await Promise.all([frozen.ready(readyDeadlineMs), other.ready(readyDeadlineMs)]);
      let inTheAir = 0;
      for (let strike = 0; strike < scale.strikes; strike += 1) {
        await untilShared(world, 2);
        const frozenMs = isShort ? 0 : (freezesMs[strike % freezesMs.length] ?? leaseMs);
        inTheAir += await freezeOnce(run, { delivering, frozen, frozenMs, isTakenOver: isShort || frozenMs > leaseMs });
        await delivering.drained();
        run.onProgress(`${strike + 1} of ${scale.strikes}`);
      }
      const log = await readShardLog(world);
      await Promise.all([frozen.stop(), other.stop()]);
      return await reportOf(run, { delivering, inTheAir, log });
    } finally {
      await delivering.close();
    }
  },
};

/** Resolves with how many requests of the frozen process were in the air when others took over. */
async function freezeOnce(
  { world, scale }: RowRun,
  given: {
    readonly delivering: Delivering;
    readonly frozen: ServiceProcess;
    readonly frozenMs: number;
    readonly isTakenOver: boolean;
  },
): Promise<number> {
  const { delivering, frozen, frozenMs, isTakenOver } = given;
  const held: Posting[] = [];
  delivering.answerBy = (posting) => held.push(posting);
  await delivering.publish(Math.ceil(scale.deliveries / scale.strikes));
  await until('a request to each endpoint is in the air', () => held.length === endpoints, { deadlineMs });
  const owner = await ownerNamed(world, 'frozen');
  const paths = await pathsOf(world, owner);
  const own = held.filter(({ path }) => paths.has(path));
  const failedBefore = await failuresOf(frozen);
  const thawAtMs = performance.now() + frozenMs;
  frozen.kill('SIGSTOP');
  try {
    if (isTakenOver) {
      await untilTakenOver(world, owner);
      await until('its requests are made again', () => held.length === endpoints + own.length, { deadlineMs });
    }
    // What is held longer than a receiver is waited for would fail for that.
    if (!isTakenOver || frozenMs > timeoutMs)
      go(
        delivering,
        held.filter((posting) => !own.includes(posting)),
      );
    await pause(Math.max(0, thawAtMs - performance.now()));
    if (isTakenOver) {
      for (const { request } of own) request.socket.resetAndDestroy();
      // What it does before it knows better is what is asked.
      await withoutLease(world, owner, async () => {
        frozen.kill('SIGCONT');
        await until(
          'it has seen its requests fail, and written what it would write',
          async () => (await failuresOf(frozen)) >= failedBefore + own.length && (await resultsWaiting(frozen)) === 0,
          { deadlineMs },
        );
      });
    }
  } finally {
    frozen.kill('SIGCONT');
  }
  go(delivering, held);
  return isTakenOver ? own.length : 0;
}

/** From now on the receiver takes everything, and what is held first. */
function go(delivering: Delivering, held: readonly Posting[]): void {
  delivering.answerBy = delivering.take;
  for (const posting of held)
    if (!posting.response.destroyed && !posting.response.headersSent) delivering.take(posting);
}

/** Requests of the process that were no success. */
async function failuresOf(process: ServiceProcess): Promise<number> {
  const [all, ok] = await Promise.all([figureOf(process, attempts), figureOf(process, successes)]);
  return all - ok;
}

const attempts = /^delivery_attempts_total\S* (\d+)/gm;
const successes = /^delivery_attempts_total\S*code="ok"\S* (\d+)/gm;

async function reportOf(
  { world, scale }: RowRun,
  seen: {
    readonly delivering: Delivering;
    readonly inTheAir: number;
    readonly log: Awaited<ReturnType<typeof readShardLog>>;
  },
): Promise<RowReport> {
  const { delivering, inTheAir, log } = seen;
  const { postings, taken, ledger } = delivering;
  const posted = new Set(postings.map(({ path, eventId }) => `${path} ${eventId}`)).size;
  const again = postings.length - posted;
  const [changed] = await world.database.statement<{ readonly n: number }>(
    `SELECT count(*)::integer AS n FROM delivery.attempt WHERE code <> 'ok'`,
    [],
  );
  const changes = changed?.n ?? 0;
  return {
    judgement: judge(ledger.promised, { effects: taken, deadLetters: [], waiting: [] }),
    strikes: scale.strikes,
    broken: [
      ...complaintsOf(log),
      ...(inTheAir === 0 ? ['no request of the frozen process was in the air'] : []),
      ...(again <= inTheAir ? [] : [`posted again ${again}, of which ${inTheAir} were in the air`]),
      ...(changes === 0 ? [] : [`${changes} tasks were changed by a process that did not own them any more`]),
    ],
    figures: {
      'requests in the air when others took over': inTheAir,
      'posted again under the same id': again,
      'tasks changed by the old owner': changes,
      'changes of an owner': log.changes,
      'taken from a process that lived': log.stolen,
    },
  };
}
