import { createConsumerApp } from '@trunkline/consumer';
import { channels, verdicts } from '@trunkline/delivery';
import { createAddressGuard, createDialler } from '@trunkline/http-client';
import { createDatabase, createListener } from '@trunkline/postgres';
import { type App, createLifecycle, type Service } from '@trunkline/runtime';
import { createVault, readKeyList } from '@trunkline/vault';

import { alerts } from './alerts.ts';
import { createApiListener } from './api/listener.ts';
import { type DeliveryConfig, readKeyReference } from './config.ts';
import { createDispatcher } from './dispatch/dispatcher.ts';
import { hearNotice } from './dispatch/notices.ts';
import { ends } from './dispatch/schedule.ts';
import { leaseTimes } from './dispatch/shards.ts';
import { asks, handlersBeside, tells } from './handlers/index.ts';
import { createJobs } from './jobs/index.ts';
import { deliveryLimits } from './limits.ts';
import { createAnnouncer } from './operations/announcer.ts';
import { createUpkeep } from './upkeep.ts';

/** Connections of sending: one each of loading, writing, the lease, upkeep, what became of endpoints. */
const connections = 5;

/**
 * Events of tenants to endpoints of theirs: a consumer group that makes messages and tasks of them, and beside it what
 * sends the tasks, which reads no Kafka. A receiver that is away is nothing to the group. What people set up and ask comes by the
 * API, on a listener of its own.
 */
export function createApp(config: DeliveryConfig, service: Service): App {
  const { logger, clock, metrics } = service;
  const lifecycle = createLifecycle(logger);
  // From 0: an alert on the increase of a counter does not see the first of a series that begins with 1.
  for (const verdict of verdicts) metrics.count('delivery_verdicts_total', { verdict }, 0);
  for (const outcome of ends) metrics.count('delivery_ends_total', { outcome }, 0);
  const vault = createVault(readKeyList(config.vaultKeys, readKeyReference));
  const guard = createAddressGuard({ allow: config.networks.map((network) => ({ network })) });
  const dialler = createDialler({ guard, limits: { maxInFlight: deliveryLimits.maxInFlight } });
  const database = createDatabase({
    connectionString: config.postgres.url,
    schema: 'delivery',
    applicationName: 'trunkline-delivery-dispatch',
    maxConnections: connections,
    statementTimeoutMs: config.postgres.statementTimeoutMs,
    connectTimeoutMs: config.postgres.connectTimeoutMs,
    onEvent: ({ kind, ...fields }) => logger.warn({ event: `database.${kind}`, ...fields }, 'database of sending'),
  });
  const name = config.dispatcherName ?? service.instance;
  const dispatcher = createDispatcher({
    database,
    dialler,
    vault,
    name,
    userAgent: `Trunkline/${service.version}`,
    clock,
    log: logger,
    metrics,
    onFatal: (error) => service.onFatal(error),
    leaseTimes: leaseTimes(config.leaseMs),
  });
  const fanOut = createConsumerApp(
    {
      group: 'delivery',
      handlers: handlersBeside(dispatcher),
      // While one batch waits for Postgres the process sends: a second one would only make both of them small.
      lanes: 1,
      asks,
      tells,
      alerts,
      beside: ({ events }) => createAnnouncer({ database, events, log: logger, metrics }),
    },
    config,
    service,
  );
  const listener = createListener({
    connectionString: config.postgres.url,
    applicationName: 'trunkline-delivery-listen',
    channels: Object.values(channels),
    onNotice: (notice) => hearNotice(dispatcher, notice),
    onConnected: () => dispatcher.lookAtAll(),
    onAway: ({ code, message }) =>
      logger.warn({ event: 'delivery.listen', code, reason: message }, 'hears nothing; trying again'),
  });
  const upkeep = createUpkeep({ database, log: logger });
  const jobs = createJobs(config, { name, log: logger });
  const api = createApiListener(config, { vault, guard }, service);

  return {
    async start(signal) {
      lifecycle.onStop('database of sending', (deadlineMs) => database.close({ deadlineMs }));
      lifecycle.onStop('connections to endpoints', () => dialler.close());
      lifecycle.onStop('upkeep', () => upkeep.stop());
      await upkeep.start(signal);
      await api.start(lifecycle);
      lifecycle.onStop('listener', () => listener.stop());
      lifecycle.onStop('dispatcher', (deadlineMs) => dispatcher.stop({ deadlineMs }));
      lifecycle.onStop('jobs', (deadlineMs) => jobs.stop({ deadlineMs }));
      jobs.start();
      dispatcher.start();
      listener.start();
      lifecycle.onStop('fan-out', (deadlineMs) => fanOut.stop(deadlineMs));
      await fanOut.start(signal);
    },
    stop: (deadlineMs) => lifecycle.stop(deadlineMs),
  };
}
