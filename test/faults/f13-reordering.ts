import { type ServiceProcess, until } from '@trunkline/installation';
import { createRandom, judge, type Random } from '@trunkline/testkit';

import {
  consumeEverything,
  forgetKilled,
  startIngress,
  startPayments,
  startTally,
  untilConsumed,
} from './consumers.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { createSenders, type Senders } from './senders.ts';
import { tallyFindings } from './verifier.ts';
import type { FaultWorld, ForeignTemplate } from './world.ts';

/** Of each payment: the first says 1, the last says this. */
const versions = 10;
/** Of all events: sent when all others are consumed, whatever their version. */
const lateShare = 0.1;
const loadDeadlineMs = 300_000;

const payment: ForeignTemplate = {
  source: 'src_fault',
  provider: 'stripe',
  fixture: 'payment_intent.succeeded',
  freshIds: ['evt_3Tkl7Demo0Success01'],
  rewrite: (body, n) =>
    body
      .replaceAll('pi_3Tkl7Demo0Payment0001', `pi_3Tkl7Demo0Payment0001n${entityOf(n)}`)
      .replace('"created": 1772619631', `"created": ${1_772_619_631 + versionOf(n)}`)
      .replace('"amount_received": 4990', `"amount_received": ${versionOf(n)}`),
};

/** The events of each payment in any order, while the service that keeps its newest state is killed, and some much later. */
export const reordering: FaultRow = {
  id: 'F13',
  title: 'events of an entity in any order and late, kill -9 of the service meanwhile',
  services: [],
  full: { deliveries: 20_000, perSecond: 500, strikes: 5 },
  short: { deliveries: 200, perSecond: 400, strikes: 1 },
  safeguards: [
    {
      undoes: 'an older event does not overwrite a newer state',
      file: 'packages/postgres/src/projection-sql.ts',
      find: '`(excluded.${name} > t.${name} OR (t.${name} IS NULL AND excluded.${name} IS NOT NULL))`;',
      replace: '`(excluded.${name} IS NOT NULL)`;',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const random = createRandom(run.seed);
    const order = shuffled(random, scale.deliveries);
    const late = Math.floor(scale.deliveries * lateShare);
    const sender = world.senderFor(payment);
    const senders = createSenders(run, { post: (n) => sender.post(order[n] ?? 0), deadlineMs: loadDeadlineMs });
    const [ingress, tally, first] = await Promise.all([startIngress(world), startTally(world, {}), startKept(run)]);
    const payments = await senders.sendDuring(scale.deliveries - late, () => killRepeatedly(run, { senders, first }));
    await untilConsumed(world);
    run.onProgress('consumed; now the late ones');
    await senders.sendDuring(late, () => Promise.resolve());
    await ingress.stop();
    await consumeEverything(world, [tally, payments]);
    const states = await statesOf(world);
    const wrong = [...states.values()].filter((version) => version !== versions).length;
    const entities = Math.ceil(scale.deliveries / versions);
    return {
      judgement: judge(senders.ledger.promised, await tallyFindings(world)),
      strikes: scale.strikes,
      broken: [
        ...(wrong > 0 ? [`${wrong} payments do not stand at their newest version`] : []),
        ...(states.size === entities ? [] : [`${states.size} of ${entities} payments are there`]),
      ],
      figures: {
        payments: states.size,
        'versions of each': versions,
        'events sent after one that is newer': outOfOrder(order),
        'events sent when all others were consumed': late,
        'payments at their newest version': states.size - wrong,
      },
    };
  },
};

function entityOf(n: number): number {
  return Math.floor(n / versions);
}

/** From 1 on. */
function versionOf(n: number): number {
  return (n % versions) + 1;
}

function startKept({ world, mutation }: RowRun): Promise<ServiceProcess> {
  return startPayments(world, { mutation, env: forgetKilled });
}

interface Killing {
  readonly senders: Senders;
  readonly first: ServiceProcess;
}

/** Evenly over the load; resolves with the one that lives. */
async function killRepeatedly(run: RowRun, { senders, first }: Killing): Promise<ServiceProcess> {
  const { deliveries, strikes } = run.scale;
  let payments = first;
  for (let kill = 1; kill <= strikes; kill += 1) {
    const enough = Math.floor(((1 - lateShare) * deliveries * kill) / (strikes + 1));
    await until('load to kill the service under', () => senders.seen.accepted() >= enough, {
      deadlineMs: loadDeadlineMs,
      everyMs: 20,
    });
    payments.kill('SIGKILL');
    await payments.exited;
    payments = await startKept(run);
    run.onProgress(`${kill} of ${strikes} kills`);
  }
  return payments;
}

function shuffled(random: Random, count: number): readonly number[] {
  const order = Array.from({ length: count }, (_, n) => n);
  for (let place = count - 1; place > 0; place -= 1) {
    const other = random.integer(0, place);
    const [here = 0, there = 0] = [order[place], order[other]];
    order[place] = there;
    order[other] = here;
  }
  return order;
}

function outOfOrder(order: readonly number[]): number {
  const newest = new Map<number, number>();
  let count = 0;
  for (const n of order) {
    const known = newest.get(entityOf(n)) ?? 0;
    if (versionOf(n) < known) count += 1;
    newest.set(entityOf(n), Math.max(known, versionOf(n)));
  }
  return count;
}

/** The version that each payment stands at. */
async function statesOf(world: FaultWorld): Promise<ReadonlyMap<string, number>> {
  const rows = await world.database.transaction([world.tenantId], (tx) =>
    tx.query<{ readonly id: string; readonly version: number }>(
      'SELECT entity_id AS id, amount_received::int AS version FROM payments.payment',
    ),
  );
  return new Map(rows.map(({ id, version }) => [id, version]));
}
