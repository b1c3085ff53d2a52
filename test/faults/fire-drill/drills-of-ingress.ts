import { startFaultProxy } from '@trunkline/testkit';

import { startIngress } from '../consumers.ts';
import type { Drill, DrillSite, Prepared } from './drill.ts';
import { sendWhile } from './load.ts';

/** What is answered, of all and of late: a rate needs a window with some postings in it. */
const seen = 'sum(rate(webhook_processing_seconds_count{status=~"2.."}[10s])) > 0';

export const ingressDrills = {
  WebhooksRefusedHere: {
    fault: 'the broker is killed under load',
    row: 'F3',
    faster: 20,
    prepare: async ({ world, servers, endWith }: DrillSite): Promise<Prepared> => {
      const ingress = await startIngress(world);
      const load = sendWhile(world);
      endWith(() => load.stop());
      const broker = servers.stack.part('kafka');
      return {
        targets: { ingress: [ingress.operatorUrl] },
        seen,
        begin: () => broker.kill('SIGKILL'),
        end: () => broker.restart(),
      };
    },
  },
  AcceptSlow: {
    fault: 'the network to the broker is 1.2 s slower, there and back',
    row: 'F8',
    faster: 20,
    prepare: async ({ world, servers, endWith }: DrillSite): Promise<Prepared> => {
      const proxy = await startFaultProxy({
        upstream: servers.stack.endpoints.kafkaProxyUpstream ?? '',
        port: servers.kafkaProxyPort,
        seed: 1,
      });
      endWith(() => proxy.close());
      const ingress = await startIngress(world, { env: { TRUNKLINE_KAFKA_BROKERS: proxy.address } });
      endWith(async () => {
        await ingress.stop();
      });
      const load = sendWhile(world);
      endWith(() => load.stop());
      return {
        targets: { ingress: [ingress.operatorUrl] },
        seen,
        begin: () => proxy.inflict({ kind: 'delay', ms: 600 }),
        end: () => proxy.inflict(undefined),
      };
    },
  },
} satisfies Readonly<Record<string, Drill>>;
