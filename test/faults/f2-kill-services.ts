import { idStart, idStartIn } from '@trunkline/events';
import { createLedger, type DeliverySender, judge, type PromiseLedger } from '@trunkline/testkit';

import { type Consuming, forgetKilled, startConsumer, startIngress, untilConsumed } from './consumers.ts';
import { claimedApart, killAtPoints, sendAll } from './kills.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { deadLetterIdsOf } from './verifier.ts';
import type { FaultWorld, ForeignTemplate } from './world.ts';

/** A consumer service beside payments, something that its provider sends, and the table that it ends in. */
interface KilledService extends Consuming {
  readonly sends: ForeignTemplate;
  /** Each of its rows is about one event. */
  readonly table: string;
}

const services: readonly KilledService[] = [
  {
    group: 'calendar',
    topics: ['calendar.booking.v1'],
    table: 'calendar.booking',
    sends: {
      source: 'src_fault_calendly',
      provider: 'calendly',
      fixture: 'invitee.created',
      freshIds: ['0c9a2f64-8b1d-4d7a-b6f0-7d5e3a2b1c01'],
    },
  },
  {
    group: 'crm',
    topics: ['crm.contact.v1'],
    table: 'crm.contact',
    sends: {
      source: 'src_fault_hubspot',
      provider: 'hubspot',
      fixture: 'contact.creation',
      freshIds: ['1000000001', '1246965'],
    },
  },
];

/**
 * The same for the services whose effects a version guards: a doubled one shows nowhere, a lost one does. The tally of F2
 * stands for all of them where doubles are counted.
 */
export const killServices: FaultRow = {
  id: 'F2c',
  title: 'kill -9 of each other consumer service at four crash points',
  full: { deliveries: 6_000, perSecond: 500, strikes: 20 },
  short: { deliveries: 200, perSecond: 400, strikes: 2 },
  safeguards: [claimedApart],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world } = run;
    const ledger = createLedger();
    const ingress = await startIngress(world);
    const senders = { run, ledger, post: postInTurns(services.map(({ sends }) => world.senderFor(sends))) };
    const backlog = await sendAll(senders, { from: 0, count: run.scale.deliveries });
    const kills = await killAtPoints(
      senders,
      services.map(({ group }) => ({
        name: group,
        start: (failpoints) => startConsumer(world, group, { failpoints, mutation: run.mutation, env: forgetKilled }),
      })),
    );
    await ingress.stop();
    const last = await Promise.all(services.map(({ group }) => startConsumer(world, group, {})));
    await untilConsumed(world, services);
    await Promise.all(last.map((service) => service.stop()));
    return {
      judgement: judge(ledger.promised, {
        effects: await projected(world, ledger),
        deadLetters: await deadLetterIdsOf(
          world,
          services.map(({ group }) => group),
        ),
        waiting: [],
      }),
      strikes: kills.rounds,
      figures: { backlog, ...kills.byPoint },
    };
  },
};

/** One after the other, so that all have as much to do. */
function postInTurns(senders: readonly DeliverySender[]): DeliverySender['post'] {
  return (n) => {
    const sender = senders[n % senders.length];
    if (sender === undefined) throw new TypeError('there is no service to send to');
    return sender.post(Math.floor(n / senders.length));
  };
}

/** The promised events whose beginnings stand in a version of some row. */
async function projected(world: FaultWorld, { promised }: PromiseLedger): Promise<readonly string[]> {
  const applied = new Set<string>();
  for (const { table } of services) {
    const rows = await world.database.transaction([world.tenantId], (tx) =>
      tx.query<{ readonly version: string }>(
        `SELECT DISTINCT field.value AS version FROM ${table} row, jsonb_each_text(to_jsonb(row)) field
         WHERE field.key LIKE '%\\_version' AND field.value IS NOT NULL`,
      ),
    );
    for (const { version } of rows) applied.add(idStartIn(version));
  }
  return [...promised].filter((id) => applied.has(idStart(id)));
}
