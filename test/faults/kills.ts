/** kill -9 of consumers at the four points between a record and its committed offset, over a backlog. */
import { type ServiceProcess, until } from '@trunkline/installation';
import {
  type Answer,
  createRandom,
  type Mutation,
  type PromiseLedger,
  type Random,
  sendLoad,
} from '@trunkline/testkit';

import type { RowRun } from './row.ts';

const crashPoints = [
  'consumer.before_effect',
  'consumer.after_effect',
  'consumer.after_commit',
  'consumer.before_offset_commit',
] as const;

/** Undone, an effect that was not committed is taken for done. */
export const claimedApart: Mutation = {
  undoes: 'inbox row in the transaction of the effect',
  file: 'packages/consumer/src/batch/apply.ts',
  find: 'const claimed = await claimEvents(',
  replace:
    'const claimed = await ((_, entries) => database.transaction(entries.map((entry) => entry.tenantId), (own) => claimEvents(own, entries)))(',
};

export interface KillSenders {
  readonly run: RowRun;
  readonly ledger: PromiseLedger;
  readonly post: (n: number) => Promise<Answer>;
}

/** A consumer that is started with a failpoint to die at. */
export interface Victim {
  readonly name: string;
  readonly start: (failpoints: string) => Promise<ServiceProcess>;
}

export interface Kills {
  readonly rounds: number;
  /** How often all of the victims were killed at each point. */
  readonly byPoint: Readonly<Record<string, number>>;
}

/** Resolves with how many were accepted. */
export async function sendAll(
  { run, ledger, post }: KillSenders,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<number> {
  const load = await sendLoad({
    post: (n) => post(from + n),
    deliveries: count,
    perSecond: run.scale.perSecond,
    maxOpen: 500,
    retryAfterMs: 250,
    deadlineMs: 300_000,
    ledger,
  });
  return load.accepted;
}

/** A few more before each start, so that however fast the backlog went there is something to crash on. */
const freshPerKill = 120;
const crashDeadlineMs = 60_000;

/** As many rounds as the run has strikes; in each every victim is started and dies at the round's point. */
export async function killAtPoints(senders: KillSenders, victims: readonly Victim[]): Promise<Kills> {
  const { run } = senders;
  const random = createRandom(run.seed);
  const byPoint: Record<string, number> = {};
  for (let round = 0; round < run.scale.strikes; round += 1) {
    await sendAll(senders, { from: run.scale.deliveries + round * freshPerKill, count: freshPerKill });
    const point = crashPoints[round % crashPoints.length] ?? crashPoints[0];
    const failpoints = `${point}=kill@${hit(random, point)}`;
    await Promise.all(victims.map((victim) => crash(victim, failpoints)));
    byPoint[`killed at ${point}`] = (byPoint[`killed at ${point}`] ?? 0) + 1;
    run.onProgress(`${round + 1} of ${run.scale.strikes} kills`);
  }
  return { rounds: run.scale.strikes, byPoint };
}

async function crash({ name, start }: Victim, failpoints: string): Promise<void> {
  const process = await start(failpoints);
  await until(`${name} dies at ${failpoints}`, () => process.hasExited(), { deadlineMs: crashDeadlineMs });
  const exit = await process.exited;
  if (exit.signal !== 'SIGKILL')
    throw new Error(`${name} ended by itself (${exit.code ?? exit.signal}); its log: ${process.logFile}`);
}

/** One of the first batches, so that something is done before and something is left to do; offsets are committed once in a while only. */
function hit(random: Random, point: (typeof crashPoints)[number]): number {
  return point === 'consumer.before_offset_commit' ? 1 : random.integer(1, 3);
}
