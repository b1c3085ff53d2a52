import { freePorts } from '@trunkline/installation';
import { percentile } from '@trunkline/testkit';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { pace } from './load/pace.ts';
import { openWebhooks, type Webhooks } from './load/webhooks.ts';
import { type QuietRounds, quietRounds, watchedRound } from './quiet-rounds.ts';
import { ratios } from './statistics.ts';

const perSecond = 100;
const publishDeadlineMs = 30_000;
const endpoints = 10_000;
/** Of them: half refuse connections, half take requests and never answer. */
const deadShare = 0.05;
/** Events of the tenant that makes noise, for each of the others. */
const noise = 3;

const healthy = tenantsNamed('well', endpoints * (1 - deadShare));
const dead = tenantsNamed('dead', endpoints * deadShare);
const quiet = healthy.slice(0, 99);
const noisy = 'tnt_bench_noisy';

/** B11: what healthy endpoints notice of dead ones, and quiet tenants of a noisy one. */
export const deliveryFairness: Benchmark = {
  name: 'delivery-fairness',
  title: 'B11 · Webhooks beside dead endpoints',
  question:
    `From publishing an event to the first byte of its webhook at a healthy endpoint, at a steady ${perSecond}/s over ${healthy.length} endpoints of as many tenants; ` +
    `while ${dead.length} others are dead and have an event for every ${healthy.length / dead.length} of those, against the same with nothing for them. ` +
    `And to ${quiet.length} endpoints of as many tenants while another tenant has ${noise} events for each of theirs, against the same without it.`,
  run: async (run: BenchRun): Promise<BenchReport> => {
    const webhooks = await openWebhooks(await run.world());
    await webhooks.createEndpoints(healthy);
    await webhooks.createEndpoints([noisy]);
    run.onProgress(`${healthy.length} endpoints are made`);
    // Each is known and connected before anything counts.
    await publishAll(webhooks, healthy);
    const alone = await p99s(run, webhooks, { tenants: healthy });
    const quietAlone = await p99s(run, webhooks, { tenants: quiet });
    const withNoise = await p99s(run, webhooks, { tenants: quiet, beside: noisy });
    await createDead(webhooks);
    run.onProgress(`${dead.length} dead endpoints are made`);
    await publish(webhooks, dead);
    const withDead = await p99s(run, webhooks, { tenants: healthy, isBesideDead: true });
    return reportOf({ alone, withDead, quietAlone, withNoise });
  },
};

/** Who is measured, and who else has events meanwhile. */
interface Side {
  readonly tenants: readonly string[];
  readonly beside?: string;
  readonly isBesideDead?: true;
}

/** Of each round the 99th percentile to those that are measured, milliseconds. */
function p99s(run: BenchRun, webhooks: Webhooks, side: Side): Promise<QuietRounds<number>> {
  return quietRounds(run, () => watchedRound(() => round(run, webhooks, side)));
}

async function round(run: BenchRun, { publisher, records, arrived }: Webhooks, side: Side): Promise<number> {
  const { tenants, beside, isBesideDead } = side;
  const count = perSecond * run.seconds;
  const measured = records(count, shuffled(tenants));
  const noisyOnes = beside === undefined ? [] : records(count * noise, [beside]);
  const toDead = isBesideDead === undefined ? [] : records(count * (dead.length / healthy.length), shuffled(dead));
  const every = Math.max(1, Math.round(count / Math.max(1, toDead.length)));
  const publishedAtMs = new Map<string, number>();
  const publishing: Promise<unknown>[] = [];
  await pace({ perSecond, seconds: run.seconds, signal: run.signal }, (n) => {
    const record = measured[n];
    if (record === undefined) return;
    const others = noisyOnes.slice(n * noise, (n + 1) * noise);
    const lost = n % every === 0 ? toDead.slice(n / every, n / every + 1) : [];
    publishedAtMs.set(record.headers['ce_id'] ?? '', performance.timeOrigin + performance.now());
    publishing.push(publisher.publish([...lost, ...others, record], { deadlineMs: publishDeadlineMs }));
  });
  await Promise.all(publishing);
  const { eventIds, atMs } = await arrived(count + noisyOnes.length);
  const took = eventIds.flatMap((eventId, index) => {
    const began = publishedAtMs.get(eventId);
    return began === undefined ? [] : [(atMs[index] ?? Number.NaN) - began];
  });
  const p99 = percentile(took, 0.99);
  run.onProgress(`p99 ${p99.toFixed(1)} ms`);
  return p99;
}

async function createDead({ createEndpoints, hangingPort }: Webhooks): Promise<void> {
  const [refusing = 0] = await freePorts(1);
  const hanging = await hangingPort();
  const half = dead.length / 2;
  await createEndpoints(dead.slice(0, half), { url: `http://127.0.0.1:${refusing}/` });
  await createEndpoints(dead.slice(half), { url: `http://127.0.0.1:${hanging}/` });
}

/** An event for each of them. */
async function publish({ publisher, records }: Webhooks, tenants: readonly string[]): Promise<void> {
  const prepared = records(tenants.length, tenants);
  for (let from = 0; from < prepared.length; from += 500)
    await publisher.publish(prepared.slice(from, from + 500), { deadlineMs: publishDeadlineMs });
}

async function publishAll(webhooks: Webhooks, tenants: readonly string[]): Promise<void> {
  await publish(webhooks, tenants);
  await webhooks.arrived(tenants.length);
}

/** Another order in each round, so that all have their turn. */
function shuffled(tenants: readonly string[]): readonly string[] {
  const from = Math.floor(Math.random() * tenants.length);
  return [...tenants.slice(from), ...tenants.slice(0, from)];
}

function tenantsNamed(kind: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, nth) => `tnt_bench_${kind}_${nth}`);
}

function reportOf(found: {
  readonly alone: QuietRounds<number>;
  readonly withDead: QuietRounds<number>;
  readonly quietAlone: QuietRounds<number>;
  readonly withNoise: QuietRounds<number>;
}): BenchReport {
  const { alone, withDead, quietAlone, withNoise } = found;
  return {
    figures: [
      { label: 'p99 without the dead', unit: 'ms', perRound: alone.rounds },
      { label: 'p99 beside the dead', unit: 'ms', perRound: withDead.rounds },
      { label: 'beside the dead / without', unit: '×', perRound: bothOf(withDead, alone) },
      { label: 'p99 of the quiet tenants', unit: 'ms', perRound: quietAlone.rounds },
      { label: 'p99 of them beside the noisy one', unit: 'ms', perRound: withNoise.rounds },
      { label: 'quiet beside noisy / without', unit: '×', perRound: bothOf(withNoise, quietAlone) },
    ],
    bars: [
      { figure: 'beside the dead / without', is: 'at most', first: 1.5 },
      { figure: 'quiet beside noisy / without', is: 'at most', first: 1.5 },
    ],
    notes: [
      `Without the dead: ${alone.note} Beside them: ${withDead.note}`,
      `The quiet: ${quietAlone.note} Beside the noisy one: ${withNoise.note}`,
      'The sides are not measured in turn: what is dead stays dead, and is tried again while the next round runs.',
    ],
  };
}

/** None, where one of the sides was not measured. */
function bothOf(side: QuietRounds<number>, other: QuietRounds<number>): readonly number[] {
  return side.rounds.length === other.rounds.length ? ratios(side.rounds, other.rounds) : [];
}
