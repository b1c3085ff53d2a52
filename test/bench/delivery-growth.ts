import { freePorts } from '@trunkline/installation';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { cpuSeconds } from './load/cpu-time.ts';
import { openWebhooks, type Webhooks } from './load/webhooks.ts';
import { ratios } from './statistics.ts';
import type { BenchWorld } from './world.ts';

const eventsPerSecond = 2_000;
const publishAtOnce = 500;
const publishDeadlineMs = 30_000;
const few = tenantsNamed('few', 10);
const many = tenantsNamed('many', 10_000);
const deadTenant = 'tnt_bench_dead';
/** Of the dead endpoint, for each second of a round: a million in the usual five. */
const waitingPerSecond = 200_000;
const buriedAtOnce = 50_000;
const buryDeadlineMs = 60_000;

/** What a webhook costs when there is more of everything. */
export const deliveryGrowth: Benchmark = {
  name: 'delivery-growth',
  title: 'Growth of webhooks out',
  question:
    `CPU of the delivery service per webhook, fanned out and sent: to ${few.length} endpoints of as many tenants, and to ${many.length}; ` +
    'while nothing waits, and while a dead endpoint has a million tasks that are due.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const world = await run.world();
    const webhooks = await openWebhooks(world);
    await webhooks.createEndpoints(few);
    await webhooks.createEndpoints(many);
    run.onProgress(`${many.length} endpoints are made`);
    const events = eventsPerSecond * run.seconds;
    const costs: { readonly few: number; readonly many: number }[] = [];
    // The first round is for the compiler, and for all endpoints to be known and connected.
    await cost(webhooks, { tenants: few, events });
    await cost(webhooks, { tenants: many, events: many.length });
    for (let round = 1; round <= run.rounds; round += 1) {
      run.signal.throwIfAborted();
      const measured = {
        few: await cost(webhooks, { tenants: few, events }),
        many: await cost(webhooks, { tenants: many, events }),
      };
      costs.push(measured);
      run.onProgress(`round ${round}: ${measured.few.toFixed(0)} µs, of many ${measured.many.toFixed(0)} µs`);
    }
    const waiting = await buryEndpoint(world, webhooks, waitingPerSecond * run.seconds);
    const beside: number[] = [];
    await cost(webhooks, { tenants: few, events, isWaiting: true });
    for (let round = 1; round <= run.rounds; round += 1) {
      run.signal.throwIfAborted();
      beside.push(await cost(webhooks, { tenants: few, events, isWaiting: true }));
    }
    return reportOf(costs, { waiting, beside });
  },
};

interface Load {
  readonly tenants: readonly string[];
  readonly events: number;
  /** Of somebody else tasks wait, which are left alone. */
  readonly isWaiting?: boolean;
}

/** CPU of the service for each webhook, microseconds. */
async function cost(
  { service, publisher, records, taken, arrived }: Webhooks,
  { tenants, events, isWaiting = false }: Load,
): Promise<number> {
  const prepared = records(events, tenants);
  const before = cpuSeconds(service.pid);
  for (let from = 0; from < events; from += publishAtOnce)
    await publisher.publish(prepared.slice(from, from + publishAtOnce), { deadlineMs: publishDeadlineMs });
  await (isWaiting ? arrived : taken)(events);
  return ((cpuSeconds(service.pid) - before) * 1_000_000) / events;
}

/** An endpoint that nobody answers for, and so many messages that are due to it. Resolves with their number. */
async function buryEndpoint({ database }: BenchWorld, webhooks: Webhooks, waiting: number): Promise<number> {
  const [refusing = 0] = await freePorts(1);
  await webhooks.createEndpoints([deadTenant], { url: `http://127.0.0.1:${refusing}/` });
  for (let made = 0; made < waiting; made += buriedAtOnce) await bury(database, Math.min(buriedAtOnce, waiting - made));
  await database.statement('ANALYZE delivery.task, delivery.message', [], { deadlineMs: buryDeadlineMs });
  return waiting;
}

async function bury(database: BenchWorld['database'], messages: number): Promise<void> {
  await database.statement(
    `WITH dead AS (SELECT endpoint_id, shard FROM delivery.route WHERE tenant_id = $1),
       made AS (SELECT gen_random_uuid() AS event_id FROM generate_series(1, $2)),
       message AS (
         INSERT INTO delivery.message (accepted_at, event_id, tenant_id, type, occurred_at, body, matched, verdicts)
         SELECT now(), event_id, $1, 'payments.payment.succeeded', now(), '{}', 1, '{}' FROM made)
     INSERT INTO delivery.task (endpoint_id, event_id, tenant_id, shard, message_at, due_at, born_at, bytes, cause)
     SELECT endpoint_id, event_id, $1, shard, now(), now(), now(), 2, 'event' FROM dead CROSS JOIN made`,
    [deadTenant, messages],
    { deadlineMs: buryDeadlineMs },
  );
}

function tenantsNamed(kind: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, nth) => `tnt_bench_${kind}_${nth}`);
}

function reportOf(
  costs: readonly { readonly few: number; readonly many: number }[],
  { waiting, beside }: { readonly waiting: number; readonly beside: readonly number[] },
): BenchReport {
  const toFew = costs.map((cost) => cost.few);
  const toMany = costs.map((cost) => cost.many);
  return {
    figures: [
      { label: `CPU per webhook, ${few.length} endpoints`, unit: 'µs', perRound: toFew },
      { label: `CPU per webhook, ${many.length} endpoints`, unit: 'µs', perRound: toMany },
      { label: `${many.length} endpoints / ${few.length}`, unit: '×', perRound: ratios(toMany, toFew) },
      { label: `beside ${waiting} tasks of a dead endpoint / without`, unit: '×', perRound: ratios(beside, toFew) },
    ],
    bars: [
      { figure: `${many.length} endpoints / ${few.length}`, is: 'at most', first: 1.3 },
      { figure: `beside ${waiting} tasks of a dead endpoint / without`, is: 'at most', first: 1.2 },
    ],
    notes: [
      'CPU of the service alone, as its connections to Postgres are shared with what the benchmark asks.',
      'What waits for the dead endpoint is measured after the rounds without, in rounds of its own.',
      'Of many endpoints each has its own connection only while it is used: a webhook to one that was not for 4 s connects anew.',
    ],
  };
}
