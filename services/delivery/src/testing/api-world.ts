import { systemClock } from '@trunkline/core';
import { apiScopeNames, type ApiScope } from '@trunkline/delivery';
import { createDeliveryDatabase, newTestVault } from '@trunkline/delivery/testing';
import { createApiKey, type MadeKey } from '@trunkline/http-api/keys';
import { createAddressGuard } from '@trunkline/http-client';
import type { Database } from '@trunkline/postgres';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { createLifecycle, createLogger, createMetrics } from '@trunkline/runtime';

import { createApiListener } from '../api/listener.ts';

/** What an API answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Of a body that is JSON; undefined without one. */
  readonly body: unknown;
}

/** A request of a test. */
export interface ApiRequest {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
  /** Instead of `body`, byte for byte. */
  readonly bytes?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A real schema and the API of the service on it, as its own role. */
export interface ApiWorld {
  readonly test: TestDatabase;
  /** As the command line. */
  readonly operator: Database;
  readonly url: string;
  ask(path: string, request?: ApiRequest): Promise<ApiAnswer>;
  key(given?: Partial<Parameters<typeof createApiKey>[1]>): Promise<MadeKey>;
  close(): Promise<void>;
}

export async function openApiWorld(adminUrl: string): Promise<ApiWorld> {
  const test = await createDeliveryDatabase(adminUrl);
  const operator = test.open({ connectionString: test.urlOf('operator') });
  const logger = createLogger({ name: 'test', version: '0', instance: 'api', level: 'fatal', sharesOutput: true });
  const lifecycle = createLifecycle(logger);
  const listener = createApiListener(
    {
      api: { host: '127.0.0.1', port: 0, keepAliveMs: 65_000 },
      postgres: { url: test.appUrl, maxConnections: 4, statementTimeoutMs: 10_000, connectTimeoutMs: 5_000 },
    },
    { vault: newTestVault(), guard: createAddressGuard() },
    {
      logger,
      metrics: createMetrics({ name: 'delivery', version: 'test' }),
      clock: systemClock,
      probeHandler: () => false,
    },
  );
  const url = `http://127.0.0.1:${await listener.start(lifecycle)}`;
  return {
    test,
    operator,
    url,
    async ask(path, { method = 'GET', token, body, bytes, headers = {} } = {}) {
      const sent = bytes ?? (body === undefined ? undefined : JSON.stringify(body));
      const response = await fetch(`${url}${path}`, {
        method,
        ...(sent === undefined ? {} : { body: sent }),
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
    },
    key: (given = {}) =>
      createApiKey(operator, {
        tenantId: 'tnt_a',
        name: 'test',
        scopes: apiScopeNames satisfies readonly ApiScope[],
        nowMs: Date.now(),
        actor: 'tester',
        ...given,
      }),
    async close() {
      await lifecycle.stop(3_000);
      await test.drop();
    },
  };
}
