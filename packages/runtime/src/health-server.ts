import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { messageOf, TrunklineError } from '@trunkline/core';

import type { HealthHandler } from './health.ts';

/** Limits of the port that probes and scrapers use. */
export const healthServerLimits = { connections: 64, requestTimeoutMs: 5_000 } as const;

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves health and metrics on a port of their own, for processes that have no other. */
export async function startHealthServer(host: string, port: number, handler: HealthHandler): Promise<HealthServer> {
  const server = createServer(
    { requestTimeout: healthServerLimits.requestTimeoutMs, headersTimeout: healthServerLimits.requestTimeoutMs },
    (request, response) => {
      if (handler(request, response)) return;
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not_found"}\n');
    },
  );
  server.maxConnections = healthServerLimits.connections;
  await listening(server, { host, port, variable: 'TRUNKLINE_HEALTH_PORT' });
  // listen() was awaited on a TCP port, so the address is an AddressInfo.
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

export interface ListenAt {
  readonly host: string;
  readonly port: number;
  /** The variable that sets the port, named when the port cannot be had. */
  readonly variable: string;
}

/** Listens, or throws config_invalid with a sentence that says which variable to change. */
export async function listening(server: Server, at: ListenAt): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error): void => {
      const problem = `cannot listen on ${at.host}:${at.port} (${messageOf(error)}): end what uses it or set ${at.variable}`;
      reject(new TrunklineError('config_invalid', problem, { cause: error }));
    };
    server.once('error', failed);
    server.listen(at.port, at.host, () => {
      server.off('error', failed);
      resolve();
    });
  });
}
