import type { WorkBeside } from '@trunkline/consumer';
import { createDatabase, type Database } from '@trunkline/postgres';
import { createRedisRates, type RedisRates } from '@trunkline/redis';
import type { Service } from '@trunkline/runtime';
import type { Directory } from '@trunkline/sources/directory';

import { type NotificationsConfig, senderEnvironment } from '../config.ts';
import { openSenders } from '../open-senders.ts';
import { sendingLimits } from './limits.ts';
import { openVault } from './open-vault.ts';
import { createOutbound } from './outbound.ts';
import { createSendRunner } from './runner.ts';

export interface SendingOptions {
  readonly config: NotificationsConfig;
  readonly service: Service;
  readonly directory: Pick<Directory, 'person' | 'phones'>;
}

/** The senders of this process, with connections of their own: what waits for a provider must not keep records waiting. */
export function createSending({ config, service, directory }: SendingOptions): WorkBeside {
  const { logger, metrics, clock, instance } = service;
  const stops: ((options: { readonly deadlineMs: number }) => Promise<void>)[] = [];
  return {
    async start() {
      const open = await openSenders({ file: config.sourcesFile, environment: senderEnvironment() }, service);
      stops.push(() => open.close());
      const vault = openVault({ keys: config.vaultKeys, environment: senderEnvironment(), senders: open.senders() });
      const database = openDatabase(config, service);
      stops.push((options) => database.close(options));
      const rates = openRates(config, service);
      if (rates !== undefined) stops.push((options) => rates.close(options));
      const outbound = createOutbound({ limiter: rates, callMs: config.callMs, log: logger });
      stops.push(() => outbound.close());
      const runner = createSendRunner({
        database,
        outbound,
        directory,
        senders: () => open.senders(),
        vault,
        owner: instance,
        leaseMs: config.leaseMs,
        evidenceMs: config.evidenceMs,
        burst: config.burst,
        clock,
        log: logger,
        metrics,
      });
      stops.push((options) => runner.stop(options));
      runner.start();
    },
    async stop(options) {
      // The last one opened first.
      for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop(options);
    },
  };
}

function openDatabase(config: NotificationsConfig, { logger }: Pick<Service, 'logger'>): Database {
  return createDatabase({
    connectionString: config.postgres.url,
    schema: 'notifications',
    applicationName: 'trunkline-notifications-sending',
    maxConnections: sendingLimits.connections,
    statementTimeoutMs: config.postgres.statementTimeoutMs,
    connectTimeoutMs: config.postgres.connectTimeoutMs,
    onEvent: ({ kind, ...fields }) => logger.warn({ event: `database.${kind}`, ...fields }, 'database of senders'),
  });
}

/** Without Redis each call is made when it wants to be: the provider's own refusal is what slows it down. */
function openRates(config: NotificationsConfig, { logger }: Pick<Service, 'logger'>): RedisRates | undefined {
  if (config.redis === undefined) return undefined;
  return createRedisRates({
    ...config.redis,
    namespace: config.namespace,
    onEvent: (event) => logger.warn({ event: `rates.${event.kind}` }, 'rates of calls'),
  });
}
