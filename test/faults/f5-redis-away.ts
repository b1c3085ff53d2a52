import { setTimeout as pause } from 'node:timers/promises';

import {
  type Answer,
  createLedger,
  judge,
  type LoadReport,
  percentile,
  type PromiseLedger,
  sendLoad,
} from '@trunkline/testkit';

import { consumeEverything, startConsumers, startIngress } from './consumers.ts';
import { p99ToEffectMs, type Span } from './effects.ts';
import { flushRedis } from './flush-redis.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { findings } from './verifier.ts';

const faults = ['stopped', 'flushed', 'slow'] as const;
type Fault = (typeof faults)[number];
type Condition = 'healthy' | Fault;

/** Slow: every answer is up to this late. */
const slowMs = 2_000;
/** Between two slow spells: long enough for a client to come back, so that the next one hits it again. */
const relaxedMs = 300;
const flushEveryMs = 100;
const full: RowScale = { deliveries: 18_000, perSecond: 300, strikes: 15 };
/** Of what is accepted while Redis is healthy. Of a short piece a moment in which the machine is busy elsewhere takes a part. */
const leastShare = { full: 0.95, short: 0.5 } as const;
/** Each under a fault beside the healthy one before it. Of fewer, a moment in which the machine is busy elsewhere decides. */
const pairsForRate = 5;
/** Sent first and measured nowhere: a process that has just started is slow. */
const warmUpPostings = 200;

/**
 * Redis stopped, flushed again and again, and slow, each after a healthy piece of the same length. Every delivery is
 * posted a second time a second later, across the pieces, so that what Redis would have known has to be known without it.
 */
export const redisAway: FaultRow = {
  id: 'F5',
  title: 'Redis stopped, flushed and 2 s slow under load',
  usesRedis: true,
  services: [],
  full,
  short: { deliveries: 900, perSecond: 200, strikes: 3 },
  safeguards: [
    {
      undoes: 'only events that the inbox did not know reach a handler',
      file: 'packages/consumer/src/batch/apply.ts',
      find: 'open.filter(({ entry }) => claimed.has(entry.eventId)),',
      replace: 'open,',
    },
    {
      undoes: 'an event is marked as done after its commit only',
      file: 'packages/consumer/src/batch/run.ts',
      find: 'const [done, open] = partition(',
      replace:
        'await batch.firstFilter.remember(current.map(({ eventId }) => eventId)); const [done, open] = partition(',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const ledger = createLedger();
    const [consumers, ingress] = await Promise.all([
      startConsumers(world, run.mutation === undefined ? {} : { mutation: run.mutation }),
      startIngress(world),
    ]);
    const stumbling = world.senderOf('stumbles');
    // Tried twice, both times with Redis there: a marker written before the effect would hide the second try.
    for (let n = 0; n < stumblingFirst; n += 1) await promise(ledger, stumbling.post(n));
    await send(run, { from: 0, postings: warmUpPostings }, ledger);
    const pieces: Piece[] = [];
    const postings = Math.ceil(scale.deliveries / scale.strikes);
    for (let piece = 0; piece < 2 * scale.strikes; piece += 1) {
      const condition = piece % 2 === 0 ? 'healthy' : faultOf(piece);
      pieces.push(await during(run, condition, () => send(run, { from: piece * postings, postings }, ledger)));
      await promise(ledger, stumbling.post(stumblingFirst + piece));
      run.onProgress(`${piece + 1} of ${2 * scale.strikes} pieces (${condition})`);
    }
    await ingress.stop();
    await consumeEverything(world, consumers);
    return report(run, pieces, judge(ledger.promised, await findings(world)));
  },
};

const stumblingFirst = 5;

async function promise(ledger: PromiseLedger, posting: Promise<Answer>): Promise<void> {
  for (const id of (await posting).eventIds) ledger.promise(id);
}

function faultOf(piece: number): Fault {
  return faults[Math.floor(piece / 2) % faults.length] ?? 'stopped';
}

interface Piece extends Span {
  readonly condition: Condition;
  readonly load: LoadReport;
}

async function during(run: RowRun, condition: Condition, send: () => Promise<LoadReport>): Promise<Piece> {
  const redis = run.servers.stack.part('redis');
  const over = new AbortController();
  if (condition === 'stopped') await redis.kill('SIGKILL');
  const fromMs = Date.now();
  try {
    const [load] = await Promise.all([send().finally(() => over.abort()), last(run, condition, over.signal)]);
    return { condition, load, fromMs, toMs: Date.now() };
  } finally {
    if (condition === 'stopped') await redis.restart();
  }
}

/** What has to be done to Redis all the time. Ends, with Redis running, when the signal says so. */
async function last({ servers }: RowRun, condition: Condition, signal: AbortSignal): Promise<void> {
  const redis = servers.stack.part('redis');
  while (!signal.aborted) {
    if (condition === 'flushed') {
      await flushRedis(servers.stack.endpoints.redisUrl);
      await sleep(flushEveryMs, signal);
    } else if (condition === 'slow') {
      await redis.freeze();
      await sleep(slowMs, signal);
      await redis.thaw();
      await sleep(relaxedMs, signal);
    } else return;
  }
}

/** Cut short by the signal, which is no failure. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}

interface Postings {
  readonly from: number;
  readonly postings: number;
}

function send({ world, scale }: RowRun, { from, postings }: Postings, ledger: PromiseLedger): Promise<LoadReport> {
  return sendLoad({
    post: (n) => world.sender.post(deliveryOf(from + n, scale.perSecond)),
    deliveries: postings,
    perSecond: scale.perSecond,
    maxOpen: 500,
    retryAfterMs: 250,
    deadlineMs: 300_000,
    ledger,
  });
}

/** Every other posting is new; the one between repeats what was new a second ago. */
function deliveryOf(posting: number, perSecond: number): number {
  const fresh = Math.floor(posting / 2);
  return posting % 2 === 0 ? fresh : Math.max(0, fresh - Math.floor(perSecond / 2));
}

async function report(
  { world, scale }: RowRun,
  pieces: readonly Piece[],
  judgement: RowReport['judgement'],
): Promise<RowReport> {
  const figures: Record<string, number | string> = { postings: sum(pieces.map(({ load }) => load.sent)) };
  const broken: string[] = [];
  const under = (condition: Condition): readonly Piece[] => pieces.filter((piece) => piece.condition === condition);
  for (const condition of ['healthy', ...faults] as const) {
    const own = under(condition);
    figures[`accepted at the first try, ${condition}`] = percent(acceptedShare(own));
    figures[`accepted per second, ${condition}`] = Math.round(median(own.map(perSecond)));
    figures[`p99 to effect, ms, ${condition}`] = await p99ToEffectMs(world, own);
    if (condition === 'healthy') continue;
    const pairs = own.map((piece) => perSecond(piece) / perSecond(pieces[pieces.indexOf(piece) - 1] ?? piece));
    figures[`accepted per second of healthy, ${condition}`] = percent(median(pairs));
    const share = acceptedShare(own) / acceptedShare(under('healthy'));
    const low = Math.min(share, pairs.length < pairsForRate ? 1 : median(pairs));
    const least = leastShare[scale === full ? 'full' : 'short'];
    if (low < least)
      broken.push(`accepted ${percent(low)} of healthy with Redis ${condition}, at least ${percent(least)} expected`);
  }
  return { judgement, strikes: scale.strikes, broken, figures };
}

/** At the first try, of all postings. */
function acceptedShare(pieces: readonly Piece[]): number {
  const atOnce = sum(pieces.map(({ load }) => load.accepted - load.retried));
  return atOnce / sum(pieces.map(({ load }) => load.sent));
}

function perSecond({ load, fromMs, toMs }: Piece): number {
  return (load.accepted * 1_000) / (toMs - fromMs);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
