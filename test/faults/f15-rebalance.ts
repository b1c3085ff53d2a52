import { type ServiceProcess, until } from '@trunkline/installation';
import { judge } from '@trunkline/testkit';

import { consumeEverything, forgetKilled, startConsumers, startIngress, startTally } from './consumers.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { createSenders, type Senders } from './senders.ts';
import { countRedeliveries, findings } from './verifier.ts';
import type { FaultWorld } from './world.ts';

const full: RowScale = { deliveries: 50_000, perSecond: 400, strikes: 60 };
const short: RowScale = { deliveries: 400, perSecond: 100, strikes: 2 };
/** What a tenant waits for at most: the session of a member that was killed, and two joins. A short run shares its machine. */
const idleBarMs = { full: 10_000, short: 60_000 } as const;
const loadDeadlineMs = 600_000;

/** A second member of a group comes and goes all the time; every second leave is a kill. */
export const rebalanceStorm: FaultRow = {
  id: 'F15',
  title: 'rebalance storm: a member of a group joins or leaves every 2 s',
  services: [],
  full,
  short,
  safeguards: [
    {
      undoes: 'only events that the inbox did not know reach a handler',
      file: 'packages/consumer/src/batch/apply.ts',
      find: 'open.filter(({ entry }) => claimed.has(entry.eventId)),',
      replace: 'open,',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale, mutation } = run;
    const [consumers, ingress] = await Promise.all([
      startConsumers(world, { mutation, env: forgetKilled }),
      startIngress(world),
    ]);
    const senders = createSenders(run, { deadlineMs: loadDeadlineMs });
    const storm = await senders.sendDuring(scale.deliveries, () => comeAndGo(run, senders));
    await ingress.stop();
    await consumeEverything(world, [...consumers, ...storm.members]);
    const idleMs = await longestIdleMs(world);
    const barMs = idleBarMs[scale === full ? 'full' : 'short'];
    return {
      judgement: judge(senders.ledger.promised, await findings(world)),
      strikes: storm.joins + storm.leaves,
      broken: idleMs <= barMs ? [] : [`a partition stood still for ${idleMs} ms, at most ${barMs}`],
      figures: {
        joins: storm.joins,
        'leaves by SIGTERM': storm.leaves - storm.kills,
        'leaves by SIGKILL': storm.kills,
        'longest idle partition, ms': idleMs,
        'redelivered and recognised (at least)': countRedeliveries(world),
      },
    };
  },
};

interface Storm {
  readonly joins: number;
  readonly leaves: number;
  readonly kills: number;
  /** Those that are still there. */
  readonly members: readonly ServiceProcess[];
}

/** Paced by what was promised, so that a slow machine has as much to lose in each round. */
async function comeAndGo(run: RowRun, senders: Senders): Promise<Storm> {
  const { world, scale, mutation } = run;
  const counts = { joins: 0, leaves: 0, kills: 0 };
  let second: ServiceProcess | undefined;
  for (let strike = 1; strike <= scale.strikes; strike += 1) {
    if (second === undefined) {
      second = await startTally(world, { mutation, env: forgetKilled });
      await second.ready();
      counts.joins += 1;
    } else {
      const isKilled = counts.leaves % 2 === 0;
      if (isKilled) second.kill('SIGKILL');
      await (isKilled ? second.exited : second.stop());
      second = undefined;
      counts.leaves += 1;
      if (isKilled) counts.kills += 1;
    }
    run.onProgress(`${strike} of ${scale.strikes} joins and leaves`);
    // One more than there are strikes, so that the last one is within the load, too.
    const promised = Math.floor((strike * scale.deliveries) / (scale.strikes + 1));
    await until(`${promised} events are promised`, () => senders.ledger.promised.size >= promised, {
      deadlineMs: loadDeadlineMs,
      everyMs: 20,
    });
  }
  return { ...counts, members: second === undefined ? [] : [second] };
}

/** Between two effects of one partition, all of which have events all the time. */
async function longestIdleMs({ database }: FaultWorld): Promise<number> {
  const [row] = await database.statement<{ readonly ms: number | null }>(
    `SELECT (extract(epoch FROM max(idle)) * 1000)::int AS ms FROM (
       SELECT processed_at - lag(processed_at) OVER (PARTITION BY original_topic, original_partition ORDER BY processed_at) AS idle
       FROM tally.inbox) gaps`,
    [],
  );
  return row?.ms ?? 0;
}
