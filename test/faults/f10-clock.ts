import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { messageOf } from '@trunkline/core';
import { until } from '@trunkline/installation';
import { createTestClock, judge, type Mutation, percentile, type TestClock } from '@trunkline/testkit';

import { consumeEverything, startIngress, startPayments, startTally } from './consumers.ts';
import { countEffects } from './effects.ts';
import { retriesOf, type Timeliness, timelinessOf, untilRetrying } from './retries.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { createSenders, lasting, type Senders } from './senders.ts';
import { findings } from './verifier.ts';
import type { FaultWorld } from './world.ts';

const full: RowScale = { deliveries: 3_000, perSecond: 100, strikes: 3, retryTier: '10s' };
const short: RowScale = { deliveries: 120, perSecond: 100, strikes: 2, retryTier: '1s' };

const minuteMs = 60_000;
/** One per strike: by how much all of our processes go wrong, from one moment to the next. */
const jumps = [
  { name: '10 minutes forward', ms: 10 * minuteMs },
  { name: 'back an hour', ms: -60 * minuteMs },
  { name: 'back 10 minutes', ms: -10 * minuteMs },
] as const;

/** What is sent in load: a payment of Stripe's, of which a third are tried twice. */
const payment = {
  source: 'src_fault',
  provider: 'stripe',
  fixture: 'payment_intent.succeeded',
  freshIds: ['evt_3Tkl7Demo0Success01', 'pi_3Tkl7Demo0Payment0001'],
} as const;
/** Each of them signs the time with the body; none takes what is older or newer than five minutes. */
const signers = [
  payment,
  { source: 'src_fault_calendly', provider: 'calendly', fixture: 'invitee.created', freshIds: [] },
  { source: 'src_fault_hubspot', provider: 'hubspot', fixture: 'contact.creation', freshIds: [] },
] as const;

/** Every so many deliveries one has a handler that fails at the first attempt. */
const stumblesEvery = 3;
/** After its due time. A short run shares its two cores with whatever CI does beside it. */
const lateBarMs = { full: 2_000, short: 60_000 } as const;
/** How long a clock stays wrong after the work is done: longer than a consumer may be silent (6 s). */
const wrongForMs = { full: 10_000, short: 0 } as const;
const loadDeadlineMs = 180_000;

/** The clock of ingress and consumers is set while they run; those of senders, broker and Postgres stay right. */
export const clockSet: FaultRow = {
  id: 'F10',
  title: 'clock of ingress and consumers set ±10 minutes, and back an hour',
  services: [],
  full,
  short,
  safeguards: [
    {
      undoes: 'a delivery that was signed too long ago is refused',
      file: 'packages/providers/src/schemes/timestamp.ts',
      find: 'if (age > tolerance) return',
      replace: 'if (age > 10 * tolerance) return',
    },
    {
      undoes: 'a retry is not due because our clock was set forward',
      file: 'packages/kafka/src/pump/broker-clock.ts',
      find: 'Math.min(this.#wallMs() - steadyMs, this.#startedAheadMs)',
      replace: '(this.#wallMs() - steadyMs)',
    },
    {
      undoes: 'a consumer keeps its place in the group when its clock is set back',
      file: 'packages/kafka/src/kafkajs/library.ts',
      find: '[installClockPatch, ',
      replace: '[',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const clock = createTestClock();
    try {
      return await runBy(run, clock);
    } finally {
      clock.close();
    }
  },
};

async function runBy(run: RowRun, clock: TestClock): Promise<RowReport> {
  const { world, scale, mutation } = run;
  const [ingress, ...consumers] = await Promise.all([
    startIngress(world, { clock, mutation: mutationIn(mutation, 'packages/providers/') }),
    startTally(world, { clock, mutation: mutationIn(mutation, 'packages/kafka/') }),
    startPayments(world, { clock }),
  ]);
  await Promise.all(consumers.map((consumer) => consumer.ready()));
  const senders = sendersBy(run, clock);
  const perStrike = Math.ceil(scale.deliveries / scale.strikes);
  const strikes: Strike[] = [];
  while (strikes.length < scale.strikes) {
    const jump = jumps[strikes.length % jumps.length] ?? jumps[0];
    strikes.push(await strikeOnce(run, { jump, senders, before: strikes.length * perStrike, perStrike }));
    run.onProgress(`${strikes.length} of ${scale.strikes}: ${jump.name}`);
  }
  const timeliness = await timelinessOf(world, await retriesOf(world), 0);
  await ingress.stop();
  // A consumer that lost its place by a clock may never find it again.
  const stuck = await consumeEverything(world, consumers).then(() => undefined, messageOf);
  return report(run, { strikes, timeliness, stuck, judgement: judge(senders.ledger.promised, await findings(world)) });
}

function mutationIn(mutation: Mutation | undefined, folder: string): Mutation | undefined {
  return mutation?.file.startsWith(folder) === true ? mutation : undefined;
}

interface ClockedSenders extends Senders {
  /** Sets the clock of our processes, and of whoever sends load: their deliveries stay fresh. */
  setClock(offsetMs: number): Promise<void>;
}

function sendersBy(run: RowRun, clock: TestClock): ClockedSenders {
  let offsetMs = 0;
  const nowMs = (): number => Date.now() + offsetMs;
  const steady = run.world.senderFor({ ...payment, nowMs });
  const stumbling = run.world.senderFor({ ...payment, nowMs, marker: 'stumbles' });
  const senders = createSenders(run, {
    post: (n) => (n % stumblesEvery === 0 ? stumbling : steady).post(n),
    deadlineMs: loadDeadlineMs,
  });
  return {
    ...senders,
    setClock: async (ms) => {
      await clock.set(ms);
      offsetMs = ms;
    },
  };
}

interface Strike {
  readonly name: string;
  /** Of the deliveries that were signed at the right time, and so look old or new: what was not refused. */
  readonly staleAccepted: readonly string[];
  /** Of those signed by the clock of the ingress: what was refused. */
  readonly freshRefused: readonly string[];
}

interface StrikeOptions {
  readonly jump: (typeof jumps)[number];
  readonly senders: ClockedSenders;
  /** Deliveries of earlier strikes. */
  readonly before: number;
  readonly perStrike: number;
}

/** Half of the deliveries come before the clock is set, so that their retries wait while it is; the others after it. */
async function strikeOnce(run: RowRun, { jump, senders, before, perStrike }: StrikeOptions): Promise<Strike> {
  const { world, scale } = run;
  const half = Math.floor(perStrike / 2);
  await senders.sendDuring(half, () => untilRetrying(world, stumblingBelow(before + half)));
  await senders.setClock(jump.ms);
  const right = await answersTo(world, Date.now);
  const wrong = await answersTo(world, () => Date.now() + jump.ms);
  await senders.sendDuring(perStrike - half, () => untilRetrying(world, stumblingBelow(before + perStrike)));
  await until('every delivery has its effect', async () => (await countEffects(world)) >= before + perStrike, {
    deadlineMs: loadDeadlineMs,
    everyMs: 50,
  });
  await lasting(wrongForMs[scale === full ? 'full' : 'short']);
  await senders.setClock(0);
  return {
    name: jump.name,
    staleAccepted: right.filter(({ status }) => status < 400).map(({ provider }) => provider),
    freshRefused: wrong.filter(({ status }) => status >= 400).map(({ provider }) => provider),
  };
}

function stumblingBelow(n: number): number {
  return Math.ceil(n / stumblesEvery);
}

/** To one delivery of each provider, signed at the given time. */
async function answersTo(
  world: FaultWorld,
  nowMs: () => number,
): Promise<readonly { readonly provider: string; readonly status: number }[]> {
  return Promise.all(
    signers.map(async (signer) => {
      const { status } = await world.senderFor({ ...signer, freshIds: [], nowMs }).post(0);
      return { provider: signer.provider, status };
    }),
  );
}

interface Outcome {
  readonly strikes: readonly Strike[];
  readonly timeliness: Timeliness;
  /** Why the groups did not consume everything. */
  readonly stuck: string | undefined;
  readonly judgement: RowReport['judgement'];
}

function report({ world, scale }: RowRun, { strikes, timeliness, stuck, judgement }: Outcome): RowReport {
  const { early, lateMs } = timeliness;
  const barMs = lateBarMs[scale === full ? 'full' : 'short'];
  const lastMs = Math.round(lateMs.at(-1) ?? 0);
  const joins = countJoins(world);
  return {
    judgement,
    strikes: strikes.length,
    broken: [
      ...strikes.flatMap(({ name, staleAccepted, freshRefused }) => [
        ...staleAccepted.map((provider) => `${name}: a delivery of ${provider} was taken ten minutes off its time`),
        ...freshRefused.map((provider) => `${name}: a delivery of ${provider} was refused on its time`),
      ]),
      ...(early > 0 ? [`${early} were tried again before they were due`] : []),
      ...(lastMs > barMs ? [`the last was tried again ${lastMs} ms after it was due, at most ${barMs}`] : []),
      ...(stuck === undefined ? [] : [stuck]),
      ...(joins > 1 ? [`the tally lost its place in its group ${joins - 1} times`] : []),
    ],
    figures: {
      'refused as signed too long ago, or in the future': strikes.length * signers.length,
      'tried again': lateMs.length,
      'of them early': early,
      'after they were due, median, ms': Math.round(percentile(lateMs, 0.5)),
      'after they were due, last, ms': lastMs,
      'joins of the one consumer': joins,
    },
  };
}

/** How often the tally joined the group of its main topics. */
function countJoins(world: FaultWorld): number {
  const log = readFileSync(join(world.installation.logDir, 'tally.log'), 'utf8');
  return log.split('\n').filter((line) => line.includes('"event":"pump.joined","group":"tally",')).length;
}
