import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { messageOf, TrunklineError } from '@trunkline/core';

/** Limits of the port that probes and scrapers use. */
const operatorServerLimits = { connections: 64, requestTimeoutMs: 5_000 } as const;

export interface OperatorServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface OperatorServerOptions {
  readonly host: string;
  readonly port: number;
  readonly handler: RequestListener;
}

/** The listener of the operators, apart from whatever else a process serves. */
export async function startOperatorServer({ host, port, handler }: OperatorServerOptions): Promise<OperatorServer> {
  const server = createServer(
    { requestTimeout: operatorServerLimits.requestTimeoutMs, headersTimeout: operatorServerLimits.requestTimeoutMs },
    handler,
  );
  server.maxConnections = operatorServerLimits.connections;
  await listening(server, { host, port, variable: 'TRUNKLINE_OPERATOR_PORT' });
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
