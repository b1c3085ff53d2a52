import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request as an upstream got it, whole. */
export interface UpstreamRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/**
 * What goes wrong with requests that act. `refuse` answers with a status and does nothing; `lose` does what is asked and
 * cuts the connection before the answer; `never` does it and never answers; `late` does it and answers after a while, or when
 * it is told to.
 */
export type UpstreamFault =
  | { readonly kind: 'refuse'; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'lose' }
  | { readonly kind: 'never' }
  | { readonly kind: 'late'; readonly byMs: number }
  | { readonly kind: 'late'; readonly until: Promise<void> };

/** Somebody else's API, as a server of the test with a state of its own. */
export interface Upstream {
  /** http://127.0.0.1:port */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly UpstreamRequest[];
  /** What goes wrong from now on; nothing when undefined. */
  fail(fault: UpstreamFault | undefined): void;
  /** Ends at once, with every connection. */
  close(): Promise<void>;
}

/** Serves `answer`, which does what a request asks for. Requests that only read (GET) are answered whatever is failing. */
export async function startUpstream(answer: (request: UpstreamRequest) => UpstreamAnswer): Promise<Upstream> {
  const requests: UpstreamRequest[] = [];
  const sockets = new Set<Socket>();
  let fault: UpstreamFault | undefined;

  function serve(request: UpstreamRequest, response: ServerResponse): void {
    requests.push(request);
    const failing = request.method === 'GET' ? undefined : fault;
    if (failing?.kind === 'refuse') {
      const wait = failing.retryAfterSeconds;
      send(response, {
        status: failing.status,
        ...(wait === undefined ? {} : { headers: { 'retry-after': String(wait) } }),
        json: { message: 'not now' },
      });
      return;
    }
    const answered = answer(request);
    if (failing?.kind === 'never') return;
    if (failing?.kind === 'lose') response.destroy();
    else if (failing?.kind === 'late') {
      if ('byMs' in failing) setTimeout(() => send(response, answered), failing.byMs);
      else {
        failing.until.then(
          () => send(response, answered),
          () => response.destroy(),
        );
      }
    } else send(response, answered);
  }

  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method = 'GET', url: path = '/', headers } = request;
      serve({ method, path, headers, body: Buffer.concat(pieces).toString('utf8') }, response);
    });
  }).on('connection', (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    fail: (next) => {
      fault = next;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function send(response: ServerResponse, { status, headers, json }: UpstreamAnswer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers });
  response.end(json === undefined ? undefined : JSON.stringify(json));
}
