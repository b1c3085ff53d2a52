import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, it } from 'vitest';

import { assertClean, closedLoop, type HttpLoad, openLoop } from './http-client.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Listening on a TCP port was awaited.
  return (server.address() as AddressInfo).port;
}

function load(port: number, changes: Partial<HttpLoad> = {}): HttpLoad {
  const requests = ['one', 'two!'].map((body) =>
    Buffer.from(`POST /hooks/src HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
  );
  return { port, requests, connections: 4, seconds: 0.3, signal: new AbortController().signal, ...changes };
}

it('counts what the server answered, and sends the prepared requests in turn', async () => {
  const bodies = new Map<string, number>();
  const port = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.set(body, (bodies.get(body) ?? 0) + 1);
      response.end('{"ok":true}');
    });
  });

  const outcome = await closedLoop(load(port));

  const answered = [...bodies.values()].reduce((sum, count) => sum + count, 0);
  expect([...bodies.keys()].toSorted()).toEqual(['one', 'two!']);
  // The answers that came after the time are the difference: one a connection at most.
  expect(answered - outcome.accepted).toBeGreaterThanOrEqual(0);
  expect(answered - outcome.accepted).toBeLessThanOrEqual(4);
  expect(outcome.latenciesMs).toHaveLength(outcome.accepted);
});

it('reads an answer that comes in pieces as one answer', async () => {
  const port = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('12345');
    setTimeout(() => response.end('67890'), 5);
  });

  const outcome = await closedLoop(load(port));

  expect(outcome.accepted).toBeGreaterThan(0);
  expect(outcome.refused).toEqual({});
});

it('an answer that is no 2xx is not accepted, and the measurement is refused', async () => {
  const port = await serve((_request, response) => {
    response.writeHead(503, { 'content-length': 0 }).end();
  });

  const outcome = await closedLoop(load(port));

  expect(outcome.accepted).toBe(0);
  expect(outcome.refused['503']).toBeGreaterThan(0);
  expect(() => assertClean('server', outcome)).toThrow(/503/);
});

it('a connection that the server ends is counted as broken', async () => {
  const port = await serve((_request, response) => {
    response.writeHead(200, { connection: 'close', 'content-length': 2 }).end('ok');
  });

  const outcome = await closedLoop(load(port));

  expect(outcome.brokenConnections).toBe(4);
  expect(() => assertClean('server', outcome)).toThrow(/4 broken/);
});

it('an answer whose end cannot be told breaks its connection', async () => {
  const port = await serve((_request, response) => {
    response.write('no length');
    response.end();
  });

  const outcome = await closedLoop(load(port));

  expect(outcome.accepted).toBe(0);
  expect(outcome.brokenConnections).toBe(4);
});

it('an open loop goes on sending at its rate while the server is slow, and waiting for a free connection counts', async () => {
  const answerAfterMs = 50;
  const port = await serve((_request, response) => {
    setTimeout(() => response.end('ok'), answerAfterMs);
  });

  const outcome = await openLoop({ ...load(port), connections: 1, perSecond: 40, seconds: 0.5 });

  // Twice what one connection can carry: the last ones have waited behind about ten others.
  expect(Math.max(...outcome.latenciesMs)).toBeGreaterThan(4 * answerAfterMs);
});
