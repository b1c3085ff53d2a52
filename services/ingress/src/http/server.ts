import { createServer, type RequestListener, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { foreignCode, settledWithin } from '@trunkline/core';
import { listening } from '@trunkline/runtime';

import type { IngressLimits } from '../config.ts';
import { errorBody } from '../steps/answer.ts';

export interface IngressServer {
  listen(host: string, port: number): Promise<number>;
  isStopping(): boolean;
  /** Open at this moment. */
  connections(): number;
  /**
   * Answers end their connections from now on; new connections are taken for `drainMs` more, then refused. Requests
   * under way are answered until the deadline; what is left then is cut.
   */
  stop(deadlineMs: number): Promise<void>;
}

/** Why a connection got no further than Node's HTTP parser, or not even there. */
export type ConnectionRefusal = 'limit' | 'slow' | 'malformed' | 'headers_too_long';

/** How often Node looks for connections that are past a timeout; its default of 30 s would make every timeout 30 s longer. */
const connectionCheckMs = 1_000;
/** Beside the timeouts of headers and body: a request may take as long as both, and our own answer comes first. */
const requestTimeoutSlackMs = 2_000;

/** The HTTP server with every limit named. What it refuses has no source and no delivery, so it is told here alone. */
export function createIngressServer(
  listener: RequestListener,
  limits: IngressLimits,
  onRefused: (reason: ConnectionRefusal) => void,
): IngressServer {
  let stopping = false;
  let open = 0;
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
  // Node would ask for every body; the steps ask for those that they want (steps/continue.ts). As a `request`, so that
  // whoever watches requests sees it.
  server.on('checkContinue', (request, response) => server.emit('request', request, response));
  server.maxConnections = limits.connections;
  // Node drops headers above this count silently; ours are counted and refused (steps/check-request.ts).
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = limits.requestsPerConnection;
  server.on('connection', (socket: Socket) => {
    open += 1;
    socket.once('close', () => (open -= 1));
  });
  server.on('drop', () => onRefused('limit'));
  server.on('clientError', (error, socket) => {
    const reason = answerClientError(error, socket);
    if (reason !== undefined) onRefused(reason);
  });

  return {
    listen: async (host, port) => {
      await listening(server, { host, port, variable: 'TRUNKLINE_INGRESS_PORT' });
      // listen() was awaited on a TCP port, so the address is an AddressInfo.
      return (server.address() as AddressInfo).port;
    },
    isStopping: () => stopping,
    connections: () => open,
    stop: async (deadlineMs) => {
      stopping = true;
      if (!server.listening) return;
      const end = performance.now() + deadlineMs;
      await new Promise((resolve) => setTimeout(resolve, Math.min(limits.drainMs, deadlineMs / 2)));
      // Idle connections are closed by this; those with a request under way when it is answered.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ((await settledWithin(closed, end - performance.now())) === 'late') server.closeAllConnections();
      await closed;
    },
  };
}

/** What Node's parser refuses, answered as we answer: small, JSON, and the connection ends. Undefined: nobody to answer. */
function answerClientError(error: Error, socket: Duplex): ConnectionRefusal | undefined {
  const refusal = parserRefusalOf(foreignCode(error));
  if (!socket.writable || refusal === undefined) {
    socket.destroy();
    return undefined;
  }
  const { status, reason } = refusal;
  const body = errorBody(status === 408 ? 'request_timeout' : 'request_malformed');
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  return reason;
}

interface ParserRefusal {
  readonly status: number;
  readonly reason: ConnectionRefusal;
}

/** Undefined: there is nobody to answer. */
function parserRefusalOf(code: string | undefined): ParserRefusal | undefined {
  switch (code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return undefined;
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, reason: 'headers_too_long' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, reason: 'slow' };
    default:
      return { status: 400, reason: 'malformed' };
  }
}
