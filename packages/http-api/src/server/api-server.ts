import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { settledWithin } from '@trunkline/core';
import { listening, type ListenAt } from '@trunkline/runtime';

import { apiLimits } from '../limits.ts';

export interface ApiServer {
  /** Resolves with the port that is listened on: the given one, or the one that 0 asked for. */
  listen(at: ListenAt): Promise<number>;
  /** Takes no new connections; requests under way are answered until the deadline, and what is left then is cut. */
  stop(deadlineMs: number): Promise<void>;
}

/** How often Node looks for connections that are past a timeout; its default of 30 s would make every timeout that much longer. */
const connectionCheckMs = 1_000;

export interface ApiServerOptions {
  /** How long an idle connection is kept: longer than the balancer in front keeps it, or it is reset under a request. */
  readonly keepAliveMs: number;
}

/** The listener of an API, with every limit named. */
export function createApiServer(listener: RequestListener, { keepAliveMs }: ApiServerOptions): ApiServer {
  const server = createServer(
    {
      maxHeaderSize: apiLimits.headerBytes,
      headersTimeout: apiLimits.headersTimeoutMs,
      requestTimeout: apiLimits.requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: connectionCheckMs,
      insecureHTTPParser: false,
    },
    listener,
  );
  server.maxConnections = apiLimits.connections;
  return {
    async listen(at) {
      await listening(server, at);
      // listen() was awaited on a TCP port, so the address is an AddressInfo.
      return (server.address() as AddressInfo).port;
    },
    async stop(deadlineMs) {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ((await settledWithin(closed, deadlineMs)) === 'late') server.closeAllConnections();
      await closed;
    },
  };
}
