/** A reverse proxy as it stands in front of an ingress: another host and port for the outside, plain HTTP inside. */
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';

export interface ReverseProxy {
  readonly url: string;
  close(): Promise<void>;
}

/** Passes everything on to `target` under the target's own Host, with these headers beside those that came. */
export async function startReverseProxy(
  target: string,
  headers: Readonly<Record<string, string>>,
): Promise<ReverseProxy> {
  const { host, hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const passed = httpRequest({
      hostname,
      port,
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: { ...incoming.headers, ...headers, host },
    });
    passed.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has an address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
