import { connect, type Socket } from 'node:net';

import { afterEach, describe, expect, it, vi } from 'vitest';

import type { IngressLimits } from '../config.ts';
import { sendRaw, statusOf } from '../testing/sending.ts';
import { type ConnectionRefusal, createIngressServer, type IngressServer } from './server.ts';

const limits: IngressLimits = {
  largestBodyBytes: 1_024,
  bodyBytesInFlight: 1_024,
  headerBytes: 8_192,
  headerCount: 100,
  connections: 3,
  requestsPerConnection: 2,
  headersTimeoutMs: 200,
  // So long that only the limit on headers can end a case in time.
  bodyTimeoutMs: 60_000,
  keepAliveMs: 1_000,
  failedVerificationsPerMinute: 1,
  failedVerificationAddresses: 100,
  drainMs: 0,
};
const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

interface Started {
  readonly server: IngressServer;
  readonly port: number;
  readonly refused: ConnectionRefusal[];
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(): Promise<Started> {
  const refused: ConnectionRefusal[] = [];
  const server = createIngressServer(
    (_request, response) => response.end('ok'),
    limits,
    (reason) => refused.push(reason),
  );
  const port = await server.listen('127.0.0.1', 0);
  closing.push(() => server.stop(500));
  return { server, port, refused };
}

async function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    closing.push(async () => void socket.destroy());
    socket.on('error', reject);
  });
}

describe('the server', () => {
  it('takes so many connections at a time, counts the others, and takes more when some have ended', async () => {
    const { server, port, refused } = await start();
    const held = await Promise.all([opened(port), opened(port), opened(port)]);

    const fourth = await sendRaw(port, get);
    const [first] = held;
    first?.destroy();
    await vi.waitFor(() => expect(server.connections()).toBe(2), 5_000);
    const afterwards = await sendRaw(port, get.replace('Host', 'Connection: close\r\nHost'));

    expect([fourth, refused]).toEqual(['', ['limit']]);
    expect(statusOf(afterwards)).toBe(200);
  });

  it('ends a connection with the answer to its last request', async () => {
    const { port } = await start();
    const socket = await opened(port);
    let answers = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (answers += chunk));
    const ended = new Promise((resolve) => socket.once('end', resolve));

    socket.write(get);
    await vi.waitFor(() => expect(answers).toContain('ok'), 5_000);
    const first = answers;
    socket.write(get);
    await ended;

    expect(first.toLowerCase()).toContain('connection: keep-alive');
    expect(answers.slice(first.length).toLowerCase()).toContain('connection: close');
  });

  it.for<readonly [ConnectionRefusal, number, string]>([
    ['malformed', 400, 'nonsense\r\n\r\n'],
    ['headers_too_long', 431, `GET / HTTP/1.1\r\nHost: ${'h'.repeat(9_000)}\r\n\r\n`],
    ['slow', 408, 'GET / HTTP/1.1\r\nHost'],
    ['slow', 408, ''],
  ])('tells of a connection that is %s and answers it %d', async ([reason, status, bytes]) => {
    const { port, refused } = await start();

    const answer = await sendRaw(port, bytes);

    expect([statusOf(answer), refused]).toEqual([status, [reason]]);
  });

  it('tells nothing of a client that goes away', async () => {
    const { server, port, refused } = await start();
    const socket = await opened(port);

    socket.write('GET / HTT', () => socket.resetAndDestroy());
    await vi.waitFor(() => expect(server.connections()).toBe(0), 5_000);

    expect(refused).toEqual([]);
  });
});
