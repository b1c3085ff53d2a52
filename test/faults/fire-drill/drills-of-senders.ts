import { freePorts, type ServiceProcess, until } from '@trunkline/installation';

import { giveConnections, takeConnections } from '../connections.ts';
import { openDelivering, readyDeadlineMs } from '../delivering.ts';
import type { Drill, DrillSite, Prepared } from './drill.ts';

const endpoints = 24;
/** More than are taken before Postgres is away. */
const events = 500;

export const senderDrills = {
  ResultsNotWritten: {
    fault: 'Postgres gives the services no connection while webhooks go out',
    row: 'F25',
    faster: 20,
    limit: [' > 1000', ' > 10'],
    prepare: async ({ world, endWith }: DrillSite): Promise<Prepared> => {
      const delivering = await openDelivering({ world });
      endWith(() => delivering.close());
      await delivering.createEndpoints(endpoints, { maxInFlight: 8 });
      const process = await delivering.start('one');
      await process.ready(readyDeadlineMs);
      return {
        targets: { delivery: [process.operatorUrl] },
        seen: 'sum(delivery_shards_owned) == 256',
        begin: async () => {
          await delivering.publish(events);
          await until('webhooks go out', () => delivering.taken.length > endpoints);
          await takeConnections(world);
        },
        end: () => giveConnections(world),
      };
    },
  },
  ShardsWithoutOwner: {
    fault: 'one of two processes that send is killed, and its lease is long',
    row: 'F22',
    faster: 20,
    prepare: async ({ world, endWith }: DrillSite): Promise<Prepared> => {
      const delivering = await openDelivering({ world });
      endWith(() => delivering.close());
      await delivering.createEndpoints(endpoints);
      const [onePort = 0, twoPort = 0] = await freePorts(2);
      const start = async (name: string, port: number): Promise<ServiceProcess> => {
        // Longer than the rule waits, and the turns in which the shards are shared out before are a third of it.
        const process = await delivering.start(name, { port, env: { TRUNKLINE_DELIVERY_LEASE_MS: '120000' } });
        await process.ready(readyDeadlineMs);
        return process;
      };
      const [one, two] = [await start('one', onePort), await start('two', twoPort)];
      return {
        targets: { delivery: [one.operatorUrl, two.operatorUrl] },
        seen: 'sum(delivery_shards_owned) == 256 and min(delivery_shards_owned) > 0',
        begin: async () => {
          two.kill('SIGKILL');
          await two.exited;
        },
        // Under its name, so that it has its endpoints at once, and at its port, where Prometheus asks.
        end: async () => {
          await start('two', twoPort);
        },
      };
    },
  },
} satisfies Readonly<Record<string, Drill>>;
