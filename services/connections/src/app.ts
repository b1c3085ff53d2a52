import { createSmtpSender } from '@trunkline/clients';
import { openKeys, recordKeyNames } from '@trunkline/connections';
import { openExecutor } from '@trunkline/connections/open-executor';
import { createAlertDesk } from '@trunkline/consumer';
import { type Backoff, untilAnswers } from '@trunkline/core';
import { createDatabase } from '@trunkline/postgres';
import { type App, createLifecycle, type Service } from '@trunkline/runtime';
import { createVault } from '@trunkline/vault';

import { alerts } from './alerts.ts';
import { checkConnection } from './check.ts';
import { type ConnectionsConfig, secretEnvironment } from './config.ts';
import { applyConfigured } from './configured.ts';
import { createConnectionGauges } from './connection-gauges.ts';
import { createRefusalRounds } from './refusals.ts';
import { rotate } from './rotation.ts';
import { createRunner } from './runner.ts';
import { watchConfigured } from './watch-configured.ts';

const backoff: Backoff = { firstMs: 200, lastMs: 5_000 };

/** Accounts at providers: their secrets in the schema `connections`, sealed, and whether they are still good. */
export function createApp(config: ConnectionsConfig, service: Service): App {
  const { logger } = service;
  const lifecycle = createLifecycle(logger);
  const environment = secretEnvironment();
  // First: a mistake of the list should be told before anybody is waited for.
  const keys = openKeys(config.vaultKeys, environment);
  const vault = createVault(keys);
  const database = createDatabase({
    connectionString: config.postgres.url,
    schema: 'connections',
    applicationName: 'trunkline-connections',
    maxConnections: config.postgres.maxConnections,
    statementTimeoutMs: config.postgres.statementTimeoutMs,
    connectTimeoutMs: config.postgres.connectTimeoutMs,
    onEvent: ({ kind, ...fields }) => logger.warn({ event: `database.${kind}`, ...fields }, 'database'),
  });

  return {
    async start(signal) {
      lifecycle.onStop('database', (deadlineMs) => database.close({ deadlineMs }));
      await untilAnswers(() => recordKeyNames(database, keys), {
        backoff,
        signal,
        onAway: ({ code, message }) =>
          logger.warn({ event: 'connections.waiting', code, reason: message }, 'waiting for Postgres'),
      });
      const calls = openExecutor(config.calls, service);
      const { executor, guard } = calls;
      const mail = createSmtpSender({ guard });
      lifecycle.onStop('calls', (deadlineMs) => calls.close({ deadlineMs }));
      const watch = await watchConfigured(
        {
          file: config.sourcesFile,
          secretsFile: config.secretsFile,
          environment,
          apply: (connections, applying) =>
            applyConfigured(connections, { database, vault, log: logger, signal: applying }),
        },
        service,
        signal,
      );
      lifecycle.onStop('configured', () => watch.close());
      const gauges = createConnectionGauges({
        database,
        clock: service.clock,
        log: logger,
        metrics: service.metrics,
      });
      lifecycle.onStop('gauges', () => gauges.stop());
      gauges.start();
      const stopping = new AbortController();
      const runner = createRunner({
        database,
        owner: service.instance,
        log: logger,
        run: (work) =>
          work.of === 'rotation'
            ? rotate(work, { database, keys, vault, signal: stopping.signal })
            : checkConnection({ ...work, of: work.of }, { database, vault, executor, mail, signal: stopping.signal }),
      });
      lifecycle.onStop('runner', async (deadlineMs) => {
        stopping.abort();
        await runner.stop({ deadlineMs });
      });
      runner.start();
      const refusals = createRefusalRounds({ database, log: logger });
      lifecycle.onStop('refusals', () => refusals.stop());
      refusals.start();
      const desk = createAlertDesk({ config, database, find: alerts }, service);
      lifecycle.onStop('alerts', (deadlineMs) => desk.stop({ deadlineMs }));
      await desk.start();
    },
    stop: (deadlineMs) => lifecycle.stop(deadlineMs),
  };
}
