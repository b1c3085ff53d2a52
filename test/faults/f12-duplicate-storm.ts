import { freePorts, type ServiceProcess } from '@trunkline/installation';
import { createPublisher, type OutgoingRecord, readRecords } from '@trunkline/kafka';
import {
  type Answer,
  createLedger,
  createRandom,
  judge,
  type LoadReport,
  percentile,
  postRequest,
  type PromiseLedger,
  type Random,
  sendLoad,
} from '@trunkline/testkit';

import { startConsumers, untilConsumed } from './consumers.ts';
import { type PostgresWork, postgresWork } from './effects.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { countRedeliveries, findings } from './verifier.ts';
import type { FaultWorld } from './world.ts';

const topic = 'payments.payment.v1';
const mostCopies = 20;
/** How far a copy may travel from its place: near enough to be under way together with its twins. */
const shuffleWindow = 400;
const openPostings = 64;
/** As in production: the benefit of the first filter is one question for a whole batch. */
const batchRecords = 500;
const replayLimit = 1_000_000;
const replayDeadlineMs = 60_000;
/** A record of a replay is about 1.5 KB, so these fit into one send. */
const replayChunk = 500;

const modes = ['without Redis', 'with Redis'] as const;
type Mode = (typeof modes)[number];

/**
 * Every delivery up to twenty times, in disorder, at two ingress processes at once, and all of its records once more when
 * they are consumed; in turns without and with Redis, so that both figures are from one run.
 */
export const duplicateStorm: FaultRow = {
  id: 'F12',
  title: 'duplicate storm over two ingress processes, and a replay',
  usesRedis: true,
  // 10.5 copies on average: 100,000 postings and 1,700.
  services: [],
  full: { deliveries: 9_524, perSecond: 100_000, strikes: 4 },
  short: { deliveries: 160, perSecond: 100_000, strikes: 2 },
  safeguards: [
    {
      undoes: 'only events that the inbox did not know reach a handler',
      file: 'packages/consumer/src/batch/apply.ts',
      find: 'open.filter(({ entry }) => claimed.has(entry.eventId)),',
      replace: 'open,',
    },
    {
      undoes: 'of the copies in one batch one reaches a handler',
      file: 'packages/consumer/src/batch/run.ts',
      find: 'return [...first.values()];',
      replace: 'return tasks;',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const storm: Storm = { run, random: createRandom(run.seed), ledger: createLedger(), idsOf: new Map() };
    const ingresses = await startTwo(world);
    const rounds: Round[] = [];
    for (let number = 0; number < scale.strikes; number += 1) {
      const mode = modes[number % modes.length] ?? 'with Redis';
      rounds.push(await roundOf(storm, { mode, number, ingresses }));
      run.onProgress(`${number + 1} of ${scale.strikes} rounds (${mode})`);
    }
    await Promise.all(ingresses.map((ingress) => ingress.stop()));
    const figures: Record<string, number | string> = {
      postings: sum(rounds.map(({ load }) => load.sent)),
      'records replayed': sum(rounds.map(({ replayed }) => replayed)),
      'duplicates recognised': countRedeliveries(world),
    };
    for (const mode of modes) {
      const own = rounds.filter((round) => round.mode === mode);
      figures[`postings per second, ${mode}`] = median(own.map(({ postedPerSecond }) => postedPerSecond));
      figures[`replay: events drained per second, ${mode}`] = median(
        own.map(({ drainedPerSecond }) => drainedPerSecond),
      );
      figures[`Postgres transactions of a round, ${mode}`] = median(own.map(({ work }) => work.transactions));
      figures[`Postgres pages read in a round, ${mode}`] = median(own.map(({ work }) => work.pages));
    }
    return {
      judgement: judge(storm.ledger.promised, await findings(world)),
      strikes: rounds.length,
      broken: brokenIn(storm, rounds),
      figures,
    };
  },
};

interface Storm {
  readonly run: RowRun;
  readonly random: Random;
  readonly ledger: PromiseLedger;
  /** What the senders of each delivery were answered: one set of ids, or something is not deterministic. */
  readonly idsOf: Map<number, Set<string>>;
}

interface Round {
  readonly mode: Mode;
  readonly load: LoadReport;
  readonly replayed: number;
  readonly postedPerSecond: number;
  readonly drainedPerSecond: number;
  /** Of Postgres, by everything in the round. */
  readonly work: PostgresWork;
}

async function startTwo(world: FaultWorld): Promise<readonly ServiceProcess[]> {
  const [second = 0] = await freePorts(1);
  const ingresses = await Promise.all([
    world.start({ name: 'ingress', port: world.ingressPort }),
    world.start({ name: 'ingress', port: second, label: 'second' }),
  ]);
  await Promise.all(ingresses.map((ingress) => ingress.ready()));
  return ingresses;
}

interface RoundPlan {
  readonly mode: Mode;
  readonly number: number;
  readonly ingresses: readonly ServiceProcess[];
}

async function roundOf(storm: Storm, { mode, number, ingresses }: RoundPlan): Promise<Round> {
  const { world, mutation } = storm.run;
  const before = await postgresWork(world);
  const consumers = await startConsumers(world, {
    ...(mutation === undefined ? {} : { mutation }),
    // A blank variable counts as unset.
    env: {
      TRUNKLINE_BATCH_RECORDS: String(batchRecords),
      ...(mode === 'with Redis' ? {} : { TRUNKLINE_REDIS_URL: '' }),
    },
  });
  const sinceMs = Date.now();
  const { load, ms: postedMs } = await post(storm, number, ingresses);
  await untilConsumed(world);
  const { replayed, ms: drainedMs } = await replay(world, sinceMs);
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  const after = await postgresWork(world);
  return {
    mode,
    load,
    replayed,
    postedPerSecond: Math.round((load.accepted * 1_000) / postedMs),
    drainedPerSecond: Math.round((replayed * 1_000) / drainedMs),
    work: { transactions: after.transactions - before.transactions, pages: after.pages - before.pages },
  };
}

async function post(
  { run, random, ledger, idsOf }: Storm,
  round: number,
  ingresses: readonly ServiceProcess[],
): Promise<{ readonly load: LoadReport; readonly ms: number }> {
  const { world, scale } = run;
  const postings = copiesInDisorder(random, round, Math.ceil(scale.deliveries / scale.strikes));
  const targets = postings.map(() => random.pick(ingresses).url);
  const startedAt = performance.now();
  const load = await sendLoad({
    post: async (n): Promise<Answer> => {
      const delivery = postings[n] ?? 0;
      const answer = await postRequest(targets[n] ?? world.ingressUrl, world.sender.request(delivery));
      const ids = idsOf.get(delivery) ?? new Set();
      for (const id of answer.eventIds) ids.add(id);
      idsOf.set(delivery, ids);
      return answer;
    },
    deliveries: postings.length,
    perSecond: scale.perSecond,
    maxOpen: openPostings,
    retryAfterMs: 250,
    deadlineMs: 600_000,
    ledger,
  });
  return { load, ms: performance.now() - startedAt };
}

/** The numbers of the round's deliveries, each one to twenty times, shuffled within a window. */
function copiesInDisorder(random: Random, round: number, deliveries: number): number[] {
  const postings: number[] = [];
  for (let n = round * deliveries; n < (round + 1) * deliveries; n += 1)
    for (let copy = random.integer(1, mostCopies); copy > 0; copy -= 1) postings.push(n);
  for (let place = postings.length - 1; place > 0; place -= 1) {
    const other = random.integer(Math.max(0, place - shuffleWindow), place);
    const [here = 0, there = 0] = [postings[place], postings[other]];
    postings[place] = there;
    postings[other] = here;
  }
  return postings;
}

/** Publishes what the topic got since then once more, as a replay from the archive would: the same ids in new records. */
async function replay(world: FaultWorld, sinceMs: number): Promise<{ readonly replayed: number; readonly ms: number }> {
  const records: OutgoingRecord[] = [];
  const signal = AbortSignal.timeout(replayDeadlineMs);
  for await (const record of readRecords(world.kafka, {
    topic,
    fromTimestampMs: sinceMs,
    limit: replayLimit,
    signal,
  })) {
    const { key, value, headers } = record;
    if (key !== null) records.push({ topic, key, value, headers });
  }
  const publisher = await createPublisher(world.kafka);
  const startedAt = performance.now();
  try {
    for (let from = 0; from < records.length; from += replayChunk)
      await publisher.publish(records.slice(from, from + replayChunk), { deadlineMs: replayDeadlineMs });
  } finally {
    await publisher.close({ deadlineMs: replayDeadlineMs });
  }
  await untilConsumed(world);
  return { replayed: records.length, ms: performance.now() - startedAt };
}

function brokenIn({ idsOf }: Storm, rounds: readonly Round[]): readonly string[] {
  const broken: string[] = [];
  const notAtOnce = sum(rounds.map(({ load }) => load.sent - load.accepted + load.retried));
  if (notAtOnce > 0) broken.push(`${notAtOnce} postings were not answered with a 2xx at the first try`);
  const torn = [...idsOf.values()].filter((ids) => ids.size !== 1).length;
  if (torn > 0) broken.push(`the copies of ${torn} deliveries were not all answered with the same event`);
  return broken;
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
