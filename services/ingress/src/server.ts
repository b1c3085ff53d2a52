import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { foreignCode } from '@trunkline/core';
import { listening, withinDeadline } from '@trunkline/runtime';

import type { IngressLimits } from './config.ts';
import { errorBody } from './steps/answer.ts';

export interface IngressServer {
  listen(host: string, port: number): Promise<number>;
  isStopping(): boolean;
  connections(): Promise<number>;
  /**
   * Answers end their connections from now on; new connections are taken for `drainMs` more, then refused. Requests
   * under way are answered until the deadline; what is left then is cut.
   */
  stop(deadlineMs: number): Promise<void>;
}

/** How often Node looks for connections that are past a timeout; its default of 30 s would make every timeout 30 s longer. */
const connectionCheckMs = 1_000;
/** Beside the timeouts of headers and body: a request may take as long as both, and our own answer comes first. */
const requestTimeoutSlackMs = 2_000;

/** The HTTP server with every limit named. */
export function createIngressServer(listener: RequestListener, limits: IngressLimits): IngressServer {
  let stopping = false;
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.headersTimeoutMs + limits.bodyTimeoutMs + requestTimeoutSlackMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: connectionCheckMs,
      insecureHTTPParser: false,
      // Ours is refused in steps/check-request.ts, with a body; Node's has none.
      requireHostHeader: false,
    },
    listener,
  );
  server.maxConnections = limits.connections;
  // Node drops headers above this count silently; ours are counted and refused (steps/check-request.ts).
  server.maxHeadersCount = 0;
  server.on('clientError', answerClientError);

  return {
    listen: async (host, port) => {
      await listening(server, { host, port, variable: 'TRUNKLINE_INGRESS_PORT' });
      // listen() was awaited on a TCP port, so the address is an AddressInfo.
      return (server.address() as AddressInfo).port;
    },
    isStopping: () => stopping,
    connections: () => connectionsOf(server),
    stop: async (deadlineMs) => {
      stopping = true;
      if (!server.listening) return;
      const end = performance.now() + deadlineMs;
      await new Promise((resolve) => setTimeout(resolve, Math.min(limits.drainMs, deadlineMs / 2)));
      // Idle connections are closed by this; those with a request under way when it is answered.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ((await withinDeadline(closed, end - performance.now())) === 'late') server.closeAllConnections();
      await closed;
    },
  };
}

/** What Node's parser refuses, answered as we answer: small, JSON, and the connection ends. */
function answerClientError(error: Error, socket: Socket): void {
  const status = statusOf(foreignCode(error));
  if (!socket.writable || status === undefined) {
    socket.destroy();
    return;
  }
  const body = errorBody(status === 408 ? 'request_timeout' : 'request_malformed');
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** Undefined: there is nobody to answer. */
function statusOf(code: string | undefined): number | undefined {
  switch (code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return undefined;
    case 'HPE_HEADER_OVERFLOW':
      return 431;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 408;
    default:
      return 400;
  }
}

async function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}
