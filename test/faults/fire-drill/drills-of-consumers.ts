import { randomUUID } from 'node:crypto';

import { databaseUrlOf, freePorts, type ServiceProcess } from '@trunkline/installation';
import { addToOutbox, createDatabase } from '@trunkline/postgres';

import { administer, giveConnections, takeConnections } from '../connections.ts';
import { startConsumer, startIngress } from '../consumers.ts';
import type { FaultWorld } from '../world.ts';
import type { Drill, DrillSite, Prepared } from './drill.ts';
import { sendWhile } from './load.ts';

/** Something was consumed, in a window with some of it. */
const seen = 'sum(rate(webhooks_processed_total[10s])) > 0';

/** The ingress with postings, and the payments service. */
async function startPath({ world, endWith }: DrillSite): Promise<{
  readonly payments: ServiceProcess;
  readonly targets: Readonly<Record<string, readonly string[]>>;
}> {
  const [ingress, payments] = await Promise.all([startIngress(world), startConsumer(world, 'payments', {})]);
  await payments.ready();
  const load = sendWhile(world);
  endWith(() => load.stop());
  return { payments, targets: { ingress: [ingress.operatorUrl], payments: [payments.operatorUrl] } };
}

async function startJournal(world: FaultWorld, env: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  const journal = await world.start({ name: 'journal', env });
  await journal.ready();
  return journal;
}

/** A constraint that no payment fits any more, as a bad migration would add it. */
const badRelease = [
  `CREATE OR REPLACE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN RAISE EXCEPTION 'refused by the drill' USING ERRCODE = 'check_violation'; END $$`,
  'CREATE TRIGGER refuse BEFORE INSERT ON payments.payment FOR EACH STATEMENT EXECUTE FUNCTION public.refuse()',
];

export const consumerDrills = {
  ConsumerStandsStill: {
    fault: 'Postgres gives the services no connection',
    row: 'F6',
    faster: 20,
    prepare: async (site: DrillSite): Promise<Prepared> => {
      const { world } = site;
      const { targets } = await startPath(site);
      return { targets, seen, begin: () => takeConnections(world), end: () => giveConnections(world) };
    },
  },
  ReleaseGuardTripped: {
    fault: 'a migration that no event fits',
    faster: 20,
    prepare: async (site: DrillSite): Promise<Prepared> => {
      const { world } = site;
      const { targets } = await startPath(site);
      return {
        targets,
        seen,
        begin: () => administer(world, badRelease),
        end: () => administer(world, ['DROP TRIGGER refuse ON payments.payment']),
      };
    },
  },
  LagOld: {
    fault: 'the only consumer of a group is killed and nobody starts it',
    row: 'F2',
    faster: 20,
    limit: [' > 300', ' > 15'],
    // Nobody starts the other groups here, so they wait from the beginning.
    labels: 'group="payments"',
    prepare: async (site: DrillSite): Promise<Prepared> => {
      const { world } = site;
      const [{ payments, targets }, journal] = await Promise.all([startPath(site), startJournal(world)]);
      return {
        targets: { ...targets, journal: [journal.operatorUrl] },
        seen: 'consumer_lag_seconds{kind="main",group="payments"} < 15',
        begin: async () => {
          payments.kill('SIGKILL');
          await payments.exited;
        },
        end: async () => {
          await (await startConsumer(world, 'payments', {})).ready();
        },
      };
    },
  },
  EventsUnaccounted: {
    fault: 'a row of the inbox is deleted',
    faster: 20,
    prepare: async (site: DrillSite): Promise<Prepared> => {
      const { world } = site;
      const [{ targets }, journal] = await Promise.all([
        startPath(site),
        // It asks about events that are a second old, each second.
        startJournal(world, { TRUNKLINE_ACCOUNT_EVERY_MS: '1000', TRUNKLINE_ACCOUNT_DELAY_MS: '5000' }),
      ]);
      return {
        targets: { ...targets, journal: [journal.operatorUrl] },
        seen: 'sum(rate(webhooks_processed_total[10s])) > 0 and on () max(events_unaccounted) == 0',
        begin: () =>
          administer(world, [
            `CREATE TABLE public.taken AS SELECT * FROM payments.inbox ORDER BY processed_at LIMIT 1`,
            'DELETE FROM payments.inbox WHERE event_id IN (SELECT event_id FROM public.taken)',
          ]),
        end: () => administer(world, ['INSERT INTO payments.inbox SELECT * FROM public.taken']),
      };
    },
  },
  OutboxOld: {
    fault: 'the broker is frozen while somebody is to be asked',
    row: 'F4',
    faster: 20,
    limit: [' > 60', ' > 3'],
    prepare: async (site: DrillSite): Promise<Prepared> => {
      const { world, servers } = site;
      const { targets } = await startPath(site);
      const broker = servers.stack.part('kafka');
      return {
        targets,
        seen,
        begin: async () => {
          await broker.freeze();
          await askSomebody(world);
        },
        end: () => broker.thaw(),
      };
    },
  },
  ServiceGone: {
    fault: 'the only process of a service is killed and nobody starts it',
    row: 'F2',
    // An hour ago is a minute ago.
    faster: 60,
    prepare: async ({ world }: DrillSite): Promise<Prepared> => {
      const [port = 0] = await freePorts(1);
      const start = async (): Promise<ServiceProcess> => {
        const payments = await world.start({ name: 'payments', port });
        await payments.ready();
        return payments;
      };
      const payments = await start();
      return {
        targets: { payments: [payments.operatorUrl] },
        seen: 'build_info offset 60s',
        begin: async () => {
          payments.kill('SIGKILL');
          await payments.exited;
        },
        end: async () => {
          await start();
        },
      };
    },
  },
} satisfies Readonly<Record<string, Drill>>;

/** A row in the outbox of the payments service, as one of its handlers would add it. */
async function askSomebody({ installation, tenantId }: FaultWorld): Promise<void> {
  const database = createDatabase({
    connectionString: databaseUrlOf(installation, 'payments'),
    schema: 'payments',
    applicationName: 'trunkline-fire-drill',
    maxConnections: 1,
    statementTimeoutMs: 30_000,
    connectTimeoutMs: 10_000,
  });
  try {
    const row = { recordId: randomUUID(), tenantId, topic: 'notifications.request.v1', headers: {} };
    await database.transaction([tenantId], (tx) =>
      addToOutbox(tx, [{ ...row, key: Buffer.from('drill'), value: Buffer.from('drill') }]),
    );
  } finally {
    await database.close({ deadlineMs: 5_000 });
  }
}
