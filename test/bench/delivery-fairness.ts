import { freePorts, until } from '@trunkline/installation';
import { percentile } from '@trunkline/testkit';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { pace } from './load/pace.ts';
import { openWebhooks, type Webhooks } from './load/webhooks.ts';
import { type QuietRounds, quietRounds, watchedRound } from './quiet-rounds.ts';
import { ratios } from './statistics.ts';
import type { BenchWorld } from './world.ts';

const perSecond = 100;
const publishDeadlineMs = 30_000;
/** A request to one that hangs is given up after 20 s. */
const forgetDeadlineMs = 60_000;
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
    const world = await run.world();
    const webhooks = await openWebhooks(world);
    await webhooks.createEndpoints([...healthy, noisy]);
    await createDead(webhooks);
    run.onProgress(`${healthy.length} endpoints are made, and ${dead.length} that are dead`);
    // Each is known and connected, or known to be dead, before anything counts.
    await publish(webhooks, dead);
    await publishAll(webhooks, healthy);
    const besideDead = await pairs(run, webhooks, {
      without: { tenants: healthy },
      beside: { tenants: healthy, isBesideDead: true },
      // What waits for the dead would be tried again while the next round is without them.
      before: () => forgetDead(world, webhooks),
    });
    await forgetDead(world, webhooks);
    const besideNoise = await pairs(run, webhooks, {
      without: { tenants: quiet },
      beside: { tenants: quiet, beside: noisy },
    });
    return reportOf(besideDead, besideNoise);
  },
};

/** Who is measured, and who else has events meanwhile. */
interface Side {
  readonly tenants: readonly string[];
  readonly beside?: string;
  readonly isBesideDead?: true;
}

/** Of one round the 99th percentiles to those that are measured, milliseconds: one side right after the other. */
interface Pair {
  readonly without: number;
  readonly beside: number;
}

function pairs(
  run: BenchRun,
  webhooks: Webhooks,
  sides: { readonly without: Side; readonly beside: Side; readonly before?: () => Promise<void> },
): Promise<QuietRounds<Pair>> {
  return quietRounds(run, async () => {
    await sides.before?.();
    return await watchedRound(async () => ({
      without: await round(run, webhooks, sides.without),
      beside: await round(run, webhooks, sides.beside),
    }));
  });
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

/** Takes away what waits for them, and waits until no request to one of them is under way. */
async function forgetDead({ database }: BenchWorld, { service }: Webhooks): Promise<void> {
  await database.statement(
    `WITH gone AS (DELETE FROM delivery.task WHERE tenant_id = ANY ($1) RETURNING endpoint_id)
     SELECT pg_notify('delivery_taken', endpoint_id::text) FROM (SELECT DISTINCT endpoint_id FROM gone) AS endpoints`,
    [dead],
  );
  await until('nothing is under way', async () => (await inFlight(service.operatorUrl)) === 0, {
    deadlineMs: forgetDeadlineMs,
    everyMs: 200,
  });
}

/** As the process tells it; NaN where it tells nothing. */
async function inFlight(operatorUrl: string): Promise<number> {
  const response = await fetch(`${operatorUrl}/metrics`, { signal: AbortSignal.timeout(10_000) });
  return Number(/^delivery_in_flight\S* (\d+)/m.exec(await response.text())?.[1]);
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

function reportOf(besideDead: QuietRounds<Pair>, besideNoise: QuietRounds<Pair>): BenchReport {
  const dying = sidesOf(besideDead);
  const noise = sidesOf(besideNoise);
  return {
    figures: [
      { label: 'p99 without the dead', unit: 'ms', perRound: dying.without },
      { label: 'p99 beside the dead', unit: 'ms', perRound: dying.beside },
      { label: 'beside the dead / without', unit: '×', perRound: ratios(dying.beside, dying.without) },
      { label: 'p99 of the quiet tenants', unit: 'ms', perRound: noise.without },
      { label: 'p99 of them beside the noisy one', unit: 'ms', perRound: noise.beside },
      { label: 'quiet beside noisy / without', unit: '×', perRound: ratios(noise.beside, noise.without) },
    ],
    bars: [
      { figure: 'beside the dead / without', is: 'at most', first: 1.5 },
      { figure: 'quiet beside noisy / without', is: 'at most', first: 1.5 },
    ],
    notes: [
      `Of the dead: ${besideDead.note}`,
      `Of the noisy: ${besideNoise.note}`,
      'A round is both sides, one after the other; before it, what waits for the dead is taken away.',
    ],
  };
}

function sidesOf({ rounds }: QuietRounds<Pair>): Readonly<Record<keyof Pair, readonly number[]>> {
  return { without: rounds.map(({ without }) => without), beside: rounds.map(({ beside }) => beside) };
}
