import { createApiApp, createApiServer } from '@trunkline/http-api';
import { createDatabase } from '@trunkline/postgres';
import type { Lifecycle, Service } from '@trunkline/runtime';

import type { DeliveryConfig } from '../config.ts';
import type { DeliveryParts } from './parts.ts';
import { permissions } from './permissions.ts';
import { routes } from './routes/index.ts';

/** Connections of the API: a request has one while it is worked on, and no more than these wait for Postgres at a time. */
const connections = 6;

/** The listener of people and programs of tenants, apart from that of the operators. */
export interface ApiListener {
  /** Resolves with the port that is listened on. */
  start(lifecycle: Lifecycle): Promise<number>;
}

export function createApiListener(
  { api, postgres }: Pick<DeliveryConfig, 'api' | 'postgres'>,
  parts: DeliveryParts,
  { logger, metrics, clock, probeHandler }: Pick<Service, 'logger' | 'metrics' | 'clock' | 'probeHandler'>,
): ApiListener {
  const database = createDatabase({
    connectionString: postgres.url,
    schema: 'delivery',
    applicationName: 'trunkline-delivery-api',
    maxConnections: connections,
    statementTimeoutMs: postgres.statementTimeoutMs,
    connectTimeoutMs: postgres.connectTimeoutMs,
    onEvent: ({ kind, ...fields }) => logger.warn({ event: `database.${kind}`, ...fields }, 'database of the API'),
  });
  const server = createApiServer(
    createApiApp({ routes, permissions, parts, database, vault: parts.vault, probeHandler, clock, logger, metrics }),
    { keepAliveMs: api.keepAliveMs },
  );
  return {
    async start(lifecycle) {
      lifecycle.onStop('database of the API', (deadlineMs) => database.close({ deadlineMs }));
      const port = await server.listen({ host: api.host, port: api.port, variable: 'TRUNKLINE_DELIVERY_API_PORT' });
      lifecycle.onStop('API', (deadlineMs) => server.stop(deadlineMs));
      logger.info({ port }, 'the API listens');
      return port;
    },
  };
}
