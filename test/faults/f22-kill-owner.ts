import { type ServiceProcess, until } from '@trunkline/installation';
import { createRandom, judge } from '@trunkline/testkit';

import { type Delivering, openDelivering, readyDeadlineMs, shortLeaseMs } from './delivering.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { complaintsOf, ownerNamed, readShardLog, untilShared, untilTakenOver, watchShards } from './shard-log.ts';

const full: RowScale = { deliveries: 4_000, perSecond: 0, strikes: 10 };
const short: RowScale = { deliveries: 40, perSecond: 0, strikes: 1 };

const names = ['one', 'two', 'three'] as const;
const endpoints = 24;
/** What an endpoint allows at a time, and what one write takes at most: that may be posted again after a kill. */
const inFlight = 8;
const flushRows = 250;
/** A lease of 10 s, and a moment for those who take over. */
const takenOverWithinMs = 11_000;
const deadlineMs = 60_000;

/** kill -9 of one of three processes that send: the others take its endpoints over when its lease has ended, and not before. */
export const killOwner: FaultRow = {
  id: 'F22',
  title: 'kill -9 of one of three processes that send webhooks',
  services: ['delivery'],
  full,
  short,
  safeguards: [
    {
      undoes: 'endpoints are taken only from a process that does not live',
      file: 'services/delivery/src/dispatch/shards.ts',
      find: 'WHERE s.owner IS NULL OR NOT EXISTS (SELECT',
      replace: 'WHERE s.owner IS NULL OR s.owner <> $1::uuid OR NOT EXISTS (SELECT',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const isShort = scale !== full;
    const delivering = await openDelivering(run);
    try {
      await watchShards(world);
      await delivering.createEndpoints(endpoints, { maxInFlight: inFlight });
      const start = (name: string): Promise<ServiceProcess> =>
        delivering.start(name, isShort ? { env: { TRUNKLINE_DELIVERY_LEASE_MS: String(shortLeaseMs) } } : {});
      const processes = new Map(await Promise.all(names.map(async (name) => [name, await start(name)] as const)));
      await Promise.all([...processes.values()].map((process) => process.ready(readyDeadlineMs)));
      const random = createRandom(run.seed);
      const takenOverMs: number[] = [];
      for (let kill = 0; kill < scale.strikes; kill += 1) {
        if (run.mutation === undefined) await untilShared(world, names.length);
        const name = names[kill % names.length] ?? names[0];
        const process = processes.get(name);
        if (process === undefined) throw new RangeError(`nothing of the name ${name} was started`);
        takenOverMs.push(await killOne(run, { delivering, process, name, after: random.integer(1, endpoints) }));
        await delivering.drained();
        if (kill + 1 < scale.strikes) processes.set(name, await start(name));
        run.onProgress(`${kill + 1} of ${scale.strikes} kills`);
      }
      const log = await readShardLog(world);
      await Promise.all([...processes.values()].map((process) => process.stop()));
      return reportOf(run, { delivering, takenOverMs, log, isShort });
    } finally {
      await delivering.close();
    }
  },
};

/** Somewhere in its work. Resolves with the milliseconds until others had its endpoints. */
async function killOne(
  { world, scale }: RowRun,
  given: {
    readonly delivering: Delivering;
    readonly process: ServiceProcess;
    readonly name: string;
    readonly after: number;
  },
): Promise<number> {
  const { delivering, process, name, after } = given;
  const owner = await ownerNamed(world, name);
  const before = delivering.taken.length;
  await delivering.publish(Math.ceil(scale.deliveries / scale.strikes));
  await until('work to kill it in', () => delivering.taken.length >= before + after, { deadlineMs });
  process.kill('SIGKILL');
  await process.exited;
  return untilTakenOver(world, owner);
}

function reportOf(
  { scale }: RowRun,
  seen: {
    readonly delivering: Delivering;
    readonly takenOverMs: readonly number[];
    readonly log: Awaited<ReturnType<typeof readShardLog>>;
    readonly isShort: boolean;
  },
): RowReport {
  const { delivering, takenOverMs, log, isShort } = seen;
  const distinct = [...new Set(delivering.taken)];
  const again = delivering.taken.length - distinct.length;
  const most = scale.strikes * (endpoints * inFlight + flushRows);
  const slowestMs = Math.round(Math.max(...takenOverMs));
  return {
    // That a message is posted again after a kill is promised; that it is lost is not.
    judgement: judge(delivering.ledger.promised, { effects: distinct, deadLetters: [], waiting: [] }),
    strikes: takenOverMs.length,
    broken: [
      ...complaintsOf(log),
      ...(again <= most ? [] : [`posted again ${again}, at most ${most}`]),
      // A short run has a shorter lease, on a machine that does other things.
      ...(isShort || slowestMs <= takenOverWithinMs
        ? []
        : [`endpoints of a killed process were taken over after ${slowestMs} ms, at most ${takenOverWithinMs}`]),
    ],
    figures: {
      'changes of an owner': log.changes,
      'taken from a process that lived': log.stolen,
      'posted again under the same id': again,
      'taken over after, slowest, ms': slowestMs,
    },
  };
}
