import { type ServiceProcess, until } from '@trunkline/installation';
import { judge } from '@trunkline/testkit';

import { consumeEverything, startConsumers, startIngress, untilConsumed } from './consumers.ts';
import { askReady, firstEffectAfterMs } from './effects.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { createSenders, lasting, type Senders } from './senders.ts';
import { type PartWithData, putOnSmallDisk, type SmallDisk, whyNoSmallDisk } from './small-disk.ts';
import { copies, findings } from './verifier.ts';

const disks: readonly PartWithData[] = ['kafka', 'postgres'];
const titles: Readonly<Record<PartWithData, string>> = { kafka: 'broker', postgres: 'Postgres' };
/** From the first one who could not work on. */
const fullForMs = 15_000;
/** From the moment there is room and the server answers. */
const recoveryBarMs = 5_000;
/** Stripe's accept deadline is 2 s; the rest is for the queue of a loaded machine. */
const answerBarMs = 6_000;
const loadDeadlineMs = 300_000;
const noticeDeadlineMs = 60_000;
const recoveryDeadlineMs = 120_000;

/** The disk of the broker, then that of Postgres, is full under load, and has room again. */
export const diskFull: FaultRow = {
  id: 'F17',
  title: 'disk full: of the broker, and of Postgres',
  full: { deliveries: 4_000, perSecond: 50, strikes: 2 },
  short: { none: 'it moves the data of two servers to disks of their own and back, as root' },
  cannotRun: whyNoSmallDisk,
  safeguards: [
    {
      undoes: 'a failed publish is a 503',
      file: 'services/ingress/src/steps/publish.ts',
      find: '    return refusalOf(error);\n',
      replace: '    refusalOf(error);\n',
    },
    {
      undoes: 'a full disk is the server’s doing, not the event’s',
      file: 'packages/postgres/src/driver-error.ts',
      find: "['53', 'dependency_unavailable'], // disk full",
      replace: '// disk full',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { servers } = run;
    const moved = new Map<PartWithData, SmallDisk>();
    try {
      for (const part of disks) moved.set(part, await putOnSmallDisk(servers, part));
      // It keeps its schemas in this Postgres, and connections that died with it.
      await servers.stack.part('registry').restart();
      return await runOn(run, moved);
    } finally {
      for (const disk of moved.values()) await disk.restore();
      await servers.stack.part('registry').restart();
    }
  },
};

async function runOn(run: RowRun, moved: ReadonlyMap<PartWithData, SmallDisk>): Promise<RowReport> {
  const { world, scale, mutation } = run;
  const [consumers, ingress] = await Promise.all([
    startConsumers(world, { mutation: mutation?.file.startsWith('packages/') === true ? mutation : undefined }),
    startIngress(world, { mutation: mutation?.file.startsWith('services/') === true ? mutation : undefined }),
  ]);
  const senders = createSenders(run, { deadlineMs: loadDeadlineMs });
  const perStrike = Math.ceil(scale.deliveries / scale.strikes);
  const spells: Spell[] = [];
  while (spells.length < scale.strikes) {
    const part = disks[spells.length % disks.length] ?? 'kafka';
    const disk = moved.get(part);
    if (disk === undefined) throw new RangeError(`the data of ${part} was not moved`);
    spells.push(await senders.sendDuring(perStrike, () => fillOnce(run, { part, disk, senders, consumers })));
    await untilConsumed(world);
    run.onProgress(`${spells.length} of ${scale.strikes}: ${titles[part]}`);
  }
  await ingress.stop();
  await consumeEverything(world, consumers);
  const copied = (await copies(world)).length;
  const { seen, ledger } = senders;
  return {
    judgement: judge(ledger.promised, await findings(world)),
    strikes: spells.length,
    broken: [
      ...seen.complaints({ slowestMs: answerBarMs, unanswered: 0 }),
      ...spells
        .filter(({ recoveryMs }) => recoveryMs > recoveryBarMs)
        .map(({ part, recoveryMs }) => `${titles[part]}: back after ${recoveryMs} ms, at most ${recoveryBarMs}`),
      ...(copied > 0 ? [`${copied} records were retried or dead-lettered over a full disk`] : []),
    ],
    figures: {
      'refused with 503 and Retry-After': seen.refused(),
      'slowest answer, ms': Math.round(seen.slowestMs()),
      ...Object.fromEntries(
        spells.flatMap(({ part, hasEnded, recoveryMs }) => [
          [`${titles[part]}: ended by its full disk and started again`, hasEnded ? 'yes' : 'no'],
          [`${titles[part]}: room and ready to ${part === 'kafka' ? 'first 2xx' : 'first effect'}, ms`, recoveryMs],
        ]),
      ),
      'retries and dead letters': copied,
    },
  };
}

interface Spell {
  readonly part: PartWithData;
  /** Kafka ends when it cannot write; a supervisor starts it again. */
  readonly hasEnded: boolean;
  readonly recoveryMs: number;
}

interface Filling {
  readonly part: PartWithData;
  readonly disk: SmallDisk;
  readonly senders: Senders;
  readonly consumers: readonly ServiceProcess[];
}

async function fillOnce({ world, servers }: RowRun, { part, disk, senders, consumers }: Filling): Promise<Spell> {
  const { seen } = senders;
  const server = servers.stack.part(part);
  const refusedBefore = seen.refused();
  disk.fill();
  await until(
    `somebody notices that the disk of the ${titles[part]} is full`,
    async () =>
      part === 'kafka'
        ? // Where a safeguard is undone nothing is refused, and the broker alone tells of it.
          seen.refused() > refusedBefore || server.pid === undefined
        : (await Promise.all(consumers.map(askReady))).some((ready) => ready === 'no'),
    { deadlineMs: noticeDeadlineMs, everyMs: 100 },
  );
  await lasting(fullForMs);
  disk.free();
  const hasEnded = server.pid === undefined;
  if (hasEnded) await server.restart();
  if (part === 'kafka') return { part, hasEnded, recoveryMs: Math.round(await seen.nextAccepted(recoveryDeadlineMs)) };
  const readyMs = Date.now();
  const recoveryMs = await until('an effect', () => firstEffectAfterMs(world, readyMs), {
    deadlineMs: recoveryDeadlineMs,
    everyMs: 50,
  });
  return { part, hasEnded, recoveryMs };
}
