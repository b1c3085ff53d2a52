import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { freePorts } from '@trunkline/installation';
import { until } from '@trunkline/installation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { maxHeldBytes } from './fault-pipe.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

/** Answers every piece with itself and remembers what it read. */
let upstream: { readonly server: Server; readonly pieces: Buffer[]; readonly sockets: Set<Socket> };
let proxy: FaultProxy;
const clients: Client[] = [];

beforeEach(async () => {
  upstream = await startEcho();
  const address = upstream.server.address();
  proxy = await startFaultProxy({
    upstream: `127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`,
    seed: 7,
  });
});
afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  await proxy.close();
  for (const socket of upstream.sockets) socket.destroy();
  await once(upstream.server.close(), 'close');
});

describe('a fault proxy without a fault', () => {
  it('passes bytes and ends on, both ways', async () => {
    const client = await open();
    client.socket.end('over');

    await until('the answer and the end', () => client.hasEnded());

    expect(client.text()).toBe('over');
    await until('both sockets closed', () => openSockets() === 0);
    expect(proxy.counts()).toMatchObject({ accepted: 1, resets: 0 });
  });

  it('breaks the connection of a client whose server is not there', async () => {
    const [port = 0] = await freePorts(1);
    const lonely = await startFaultProxy({ upstream: `127.0.0.1:${port}`, seed: 1 });

    const client = await open(lonely);

    await until('the connection broken', () => client.socket.destroyed);
    expect(client.error()).toBe('ECONNRESET');
    await lonely.close();
  });

  it('leaves no socket open when it is closed', async () => {
    await say(await open(), 'a');

    await proxy.close();

    expect(openSockets()).toBe(0);
    await until('the server sees it too', () => upstream.sockets.size === 0);
  });
});

describe('delay', () => {
  it('makes everything later, there and back, and leaves capacity as it is', async () => {
    await proxy.inflict({ kind: 'delay', ms: 100 });
    const client = await open();
    const oneMs = await elapsedMs(() => say(client, 'x'));

    const manyMs = await elapsedMs(async () => {
      for (let n = 0; n < 20; n += 1) client.socket.write('x');
      await until('all answers', () => client.text().length === 21, { everyMs: 5 });
    });

    expect(oneMs).toBeGreaterThanOrEqual(200);
    expect(manyMs).toBeGreaterThanOrEqual(200);
    // One after the other, they would take 200 ms each.
    expect(manyMs).toBeLessThan(20 * 200);
  });

  it('ends with the fault, in order', async () => {
    await proxy.inflict({ kind: 'delay', ms: 60_000 });
    const client = await open();
    client.socket.write('late');
    await until('the bytes held', () => proxy.counts().heldBytes === 4);

    await proxy.inflict(undefined);
    client.socket.end(' and later');

    await until('the answer', () => client.hasEnded());
    expect(client.text()).toBe('late and later');
  });
});

describe('resets', () => {
  it('hit the share of the connections that the seed names, the same ones again', async () => {
    await proxy.inflict({ kind: 'reset_connections', share: 0.3, afterBytes: 10 });
    const again = await startFaultProxy({ upstream: upstreamAddress(), seed: 7 });
    await again.inflict({ kind: 'reset_connections', share: 0.3, afterBytes: 10 });

    const hit = await brokenOf(proxy, 30);
    const hitAgain = await brokenOf(again, 30);

    expect(hit.filter(Boolean).length).toBeGreaterThan(2);
    expect(hit.filter(Boolean).length).toBeLessThan(20);
    expect(hitAgain).toEqual(hit);
    expect(proxy.counts().resets).toBe(hit.filter(Boolean).length);
    await again.close();
  });

  it('hit a connection at any piece when they go by pieces, whose bytes are then not passed on', async () => {
    await proxy.inflict({ kind: 'reset_pieces', share: 1 });
    const client = await open();

    client.socket.write('never');

    await until('the reset', () => client.error() === 'ECONNRESET');
    expect(upstream.pieces).toEqual([]);
  });
});

describe('half-open', () => {
  it('swallows everything and says nothing, and the connection stays dead when the fault is over', async () => {
    const old = await open();
    await say(old, 'before');
    await proxy.inflict({ kind: 'half_open' });
    const during = await open();
    old.socket.write('into the void');
    during.socket.write('into the void');

    await proxy.inflict(undefined);
    old.socket.write('still');
    const fresh = await open();
    await say(fresh, 'hello');

    expect([old.text(), during.text(), fresh.text()]).toEqual(['before', '', 'hello']);
    expect([old.socket.destroyed, during.socket.destroyed]).toEqual([false, false]);
    expect(Buffer.concat(upstream.pieces).toString()).toBe('beforehello');
    expect(upstream.sockets.size).toBe(2);
  });

  it('lets each side of a dead connection go when that side gives up', async () => {
    const client = await open();
    await say(client, 'before');
    await proxy.inflict({ kind: 'half_open' });

    client.socket.end();
    await until('the client gone', () => client.socket.destroyed && proxy.counts().openClients === 0);
    const upstreamsLeft = proxy.counts().openUpstreams;
    for (const socket of upstream.sockets) socket.destroy();

    await until('the server gone', () => proxy.counts().openUpstreams === 0);
    expect(upstreamsLeft).toBe(1);
  });
});

describe('refuse', () => {
  it('resets what is open, refuses what comes, and takes connections at the same port afterwards', async () => {
    const old = await open();
    await say(old, 'a');

    await proxy.inflict({ kind: 'refuse' });
    const refused = await failureOf(proxy.port);
    await proxy.inflict(undefined);
    const fresh = await open();
    await say(fresh, 'b');

    await until('the old one broken', () => old.error() === 'ECONNRESET');
    expect(refused).toBe('ECONNREFUSED');
    expect(fresh.text()).toBe('b');
  });
});

describe('slice', () => {
  it('writes byte by byte, and nothing is lost or out of order', async () => {
    await proxy.inflict({ kind: 'slice', bytes: 1 });
    const client = await open();

    client.socket.end('0123456789'.repeat(20));
    await until('the answer', () => client.hasEnded());

    expect(client.text()).toBe('0123456789'.repeat(20));
    expect(upstream.pieces.length).toBeGreaterThan(20);
  });

  it('writes only the beginning in slices when told so', async () => {
    await proxy.inflict({ kind: 'slice', bytes: 1, first: 3 });
    const client = await open();

    await say(client, '0123456789');

    expect(client.text()).toBe('0123456789');
    expect(upstream.pieces.length).toBeLessThanOrEqual(4);
  });
});

describe('partition', () => {
  it('holds what is sent, and lets it through in order when it heals', async () => {
    const client = await open();
    await say(client, 'one ');
    await proxy.inflict({ kind: 'partition' });
    client.socket.write('two ');
    await until('it held', () => proxy.counts().heldBytes === 4);
    const textDuring = client.text();

    await proxy.inflict(undefined);
    client.socket.end('three');

    await until('the answer', () => client.hasEnded());
    expect([textDuring, client.text()]).toEqual(['one ', 'one two three']);
  });

  it('may be of one direction only', async () => {
    await proxy.inflict({ kind: 'partition', direction: 'to_client' });
    const client = await open();

    client.socket.write('heard');

    await until('the server heard it', () => Buffer.concat(upstream.pieces).toString() === 'heard');
    await until('its answer held', () => proxy.counts().heldBytes === 5);
    expect(client.text()).toBe('');
  });

  it('makes a sender wait that sends more than the proxy may hold', async () => {
    await proxy.inflict({ kind: 'partition' });
    const client = await open();
    const bytes = 64 * maxHeldBytes;

    client.socket.write(Buffer.alloc(bytes));
    await until('the limit', () => proxy.counts().heldBytes >= maxHeldBytes);
    const held = proxy.counts().heldBytes;
    await proxy.inflict(undefined);

    await until('all of it', () => client.received() === bytes);
    // A piece that was being read when the limit was met is at most 64 KiB.
    expect(held).toBeLessThanOrEqual(maxHeldBytes + 64 * 1024);
  });
});

describe('a lost answer', () => {
  it('is the answer to a request that the server got, once for each that was asked for', async () => {
    proxy.loseAnswers(1, (piece) => piece.toString().startsWith('order'));
    const client = await open();
    await say(client, 'other');

    client.socket.write('order');
    await until('the reset', () => client.error() === 'ECONNRESET');
    const fresh = await open();
    await say(fresh, 'order');

    expect(client.text()).toBe('other');
    expect(fresh.text()).toBe('order');
    expect(Buffer.concat(upstream.pieces).toString()).toBe('otherorderorder');
    expect(proxy.counts()).toMatchObject({ answersLost: 1, resets: 1 });
  });
});

interface Client {
  readonly socket: Socket;
  text(): string;
  received(): number;
  hasEnded(): boolean;
  /** The code it broke with. */
  error(): string | undefined;
}

async function open(to: FaultProxy = proxy): Promise<Client> {
  const socket = connect({ port: to.port, host: '127.0.0.1', noDelay: true });
  const pieces: Buffer[] = [];
  let received = 0;
  let error: string | undefined;
  socket.on('data', (piece: Buffer) => {
    received += piece.length;
    if (received < 10_000) pieces.push(piece);
  });
  socket.on('error', (failure: NodeJS.ErrnoException) => {
    error = failure.code;
  });
  const client = {
    socket,
    text: () => Buffer.concat(pieces).toString(),
    received: () => received,
    hasEnded: () => socket.readableEnded,
    error: () => error,
  };
  clients.push(client);
  await once(socket, 'connect');
  return client;
}

async function elapsedMs(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Writes and waits for the echo. */
async function say(client: Client, text: string): Promise<void> {
  const before = client.text();
  client.socket.write(text);
  await until(`the echo of ${text}`, () => client.text() === before + text, { everyMs: 5 });
}

/** Which of so many connections, one after the other, broke when they talked. */
async function brokenOf(through: FaultProxy, count: number): Promise<readonly boolean[]> {
  const broken: boolean[] = [];
  for (let n = 0; n < count; n += 1) {
    const client = await open(through);
    client.socket.write('more than ten bytes');
    await until('an echo or a reset', () => client.received() > 0 || client.socket.destroyed, { everyMs: 2 });
    broken.push(client.error() !== undefined);
  }
  return broken;
}

async function failureOf(port: number): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.on('error', (failure: NodeJS.ErrnoException) => resolve(failure.code));
    socket.on('connect', () => resolve(undefined));
  });
}

function openSockets(): number {
  const { openClients, openUpstreams } = proxy.counts();
  return openClients + openUpstreams;
}

function upstreamAddress(): string {
  const address = upstream.server.address();
  return `127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
}

async function startEcho(): Promise<typeof upstream> {
  const pieces: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece);
      if (!socket.write(piece)) {
        socket.pause();
        socket.once('drain', () => socket.resume());
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, pieces, sockets };
}
