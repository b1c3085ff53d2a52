/** F28: receivers that answer in every way but the right one. Each has its code, and none keeps what it was given. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';

import { isEventId } from '@trunkline/core';
import { findMessage, type MessageHistory } from '@trunkline/delivery';
import { testCertificates } from '@trunkline/http-client/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { type DeliveryWorld, openDeliveryWorld } from './testing/delivery-world.ts';

/** From the request to the head of an answer: the shortest there is where none comes, and one that a busy machine keeps. */
const silentMs = 1_000;
const patientMs = 5_000;

interface Hostile {
  readonly code: string;
  readonly status: number | null;
  /** What it does with a connection on which a request has arrived. */
  readonly answer: (socket: Socket) => void;
}

const head = (status: number, ...headers: readonly string[]): string =>
  [`HTTP/1.1 ${status} Said`, ...headers, '', ''].join('\r\n');

/** Writes on and on, as fast as the other side reads, until it closes. */
function writeForEver(socket: Socket, piece: string): void {
  const bytes = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)));
  const more = (): void => {
    if (socket.destroyed) return;
    if (socket.write(bytes)) setImmediate(more);
    else socket.once('drain', more);
  };
  more();
}

/** A byte, and soon another one: a server that is never quiet and never done. */
function drip(socket: Socket, byte: string): void {
  const timer = setInterval(() => socket.write(byte), 100);
  socket.once('close', () => clearInterval(timer));
}

const hostile: Readonly<Record<string, Hostile>> = {
  'hangs before its answer': { code: 'answer_timeout', status: null, answer: () => undefined },
  'hangs in its headers': {
    code: 'answer_timeout',
    status: null,
    answer: (socket) => socket.write('HTTP/1.1 200 OK\r\nx-half: '),
  },
  'drips its headers': {
    code: 'answer_timeout',
    status: null,
    answer: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
      drip(socket, 'a');
    },
  },
  'takes the message, and hangs in its body': {
    code: 'ok',
    status: 200,
    answer: (socket) => socket.write(`${head(200, 'content-length: 10')}12345`),
  },
  'fails, and drips its body': {
    code: 'http_5xx',
    status: 500,
    answer: (socket) => {
      socket.write(head(500, 'content-length: 1000000'));
      drip(socket, 'a');
    },
  },
  'fails, and its body has no end': {
    code: 'http_5xx',
    status: 500,
    answer: (socket) => {
      socket.write(head(500));
      writeForEver(socket, 'no end ');
    },
  },
  'takes the message, and its body has no end': {
    code: 'ok',
    status: 200,
    answer: (socket) => {
      socket.write(head(200));
      writeForEver(socket, 'no end ');
    },
  },
  'answers with 20 KB of headers': {
    code: 'protocol_error',
    status: null,
    answer: (socket) => socket.write(head(200, `x-long: ${'a'.repeat(20_480)}`, 'content-length: 0')),
  },
  'answers with headers without end': {
    code: 'protocol_error',
    status: null,
    answer: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      writeForEver(socket, 'x-more: a\r\n');
    },
  },
  'resets the connection': { code: 'connection_reset', status: null, answer: (socket) => socket.resetAndDestroy() },
  'closes the connection': { code: 'connection_reset', status: null, answer: (socket) => socket.end() },
  'says that it is still at it, without end': {
    code: 'protocol_error',
    status: null,
    answer: (socket) => writeForEver(socket, head(102)),
  },
  'speaks something else': {
    code: 'protocol_error',
    status: null,
    answer: (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
  },
  'has a certificate that is over': { code: 'tls_failed', status: null, answer: (socket) => socket.end(head(204)) },
};

let world: DeliveryWorld;
const receivers: { readonly server: Server; readonly sockets: Socket[] }[] = [];
const trustedBefore = getCACertificates('default');

beforeAll(async () => {
  // Believed but for its time.
  setDefaultCACertificates([...trustedBefore, testCertificates.expired.cert]);
  world = await openDeliveryWorld(inject('stack').postgresAdminUrl);
  world.startDispatcher();
});
afterAll(async () => {
  await world.close();
  setDefaultCACertificates(trustedBefore);
  for (const { server, sockets } of receivers) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

it('each way to answer wrongly has its code, and the connection is closed when its time is over', async () => {
  const named = new Map<string, string>();
  for (const [name, { answer, code }] of Object.entries(hostile)) {
    const isTls = name === 'has a certificate that is over';
    const port = await startReceiver(answer, { isTls });
    const url = `${isTls ? 'https' : 'http'}://127.0.0.1:${port}/`;
    const timeoutMs = code === 'answer_timeout' ? silentMs : patientMs;
    const given = { path: '', url, tenantId: 'tnt_hostile', schedule: '0', timeoutMs };
    named.set((await world.createEndpoint(given)).endpointId, name);
  }
  const attempts = await attemptsOfOne('tnt_hostile', named.size);

  const found = Object.fromEntries(
    attempts.map(({ endpointId, code, status }) => [named.get(endpointId), { code, status }]),
  );
  const expected = Object.entries(hostile).map(([name, { code, status }]) => [name, { code, status }]);
  expect(found).toEqual(Object.fromEntries(expected));
  // Each had one request: whatever is open would be a slot that nobody gets back.
  await world.until('no connection is left', () => sockets().every(({ destroyed }) => destroyed));
  const written = sockets().map(({ bytesWritten }) => bytesWritten);
  expect(Math.max(...written)).toBeLessThan(mostWrittenBytes);
});

it('a connection that the receiver has closed costs an attempt, and no message', async () => {
  let requests = 0;
  const port = await startReceiver((socket) => {
    requests += 1;
    // It says that the connection may be used again, and closes it when it is.
    if (requests === 2) socket.destroy();
    else socket.write(head(204, 'connection: keep-alive'));
  });
  const url = `http://127.0.0.1:${port}/`;
  await world.createEndpoint({ path: '', url, tenantId: 'tnt_closes', schedule: '0,0' });

  const first = await attemptsOfOne('tnt_closes', 1);
  const second = await attemptsOfOne('tnt_closes', 2);

  expect(first.map(({ code }) => code)).toEqual(['ok']);
  expect(second.map(({ code, outcome }) => [code, outcome])).toEqual([
    ['connection_reset', null],
    ['ok', 'delivered'],
  ]);
});

/** Of those without an end: what the kernel holds of a connection, and what is read of a body. */
const mostWrittenBytes = 16 * 1024 * 1024;

function sockets(): readonly Socket[] {
  return receivers.flatMap((receiver) => receiver.sockets);
}

/** Each connection is answered at the first bytes of each request. */
async function startReceiver(answer: (socket: Socket) => void, { isTls = false } = {}): Promise<number> {
  const sockets: Socket[] = [];
  const take = (socket: Socket): void => {
    sockets.push(socket);
    // The sender goes away in the middle of what we say.
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      if (piece.includes('POST / HTTP/1.1')) answer(socket);
    });
  };
  const server = isTls ? createTlsServer(testCertificates.expired, take) : createServer(take);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  receivers.push({ server, sockets });
  return (server.address() as AddressInfo).port; // listens on TCP
}

/** Sends one event to the tenant; resolves with its attempts when there are so many and no task is left. */
async function attemptsOfOne(tenantId: string, count: number): Promise<MessageHistory['attempts']> {
  const [record] = world.payments(1, tenantId);
  const eventId = record?.metadata.eventId ?? '';
  if (record === undefined || !isEventId(eventId)) throw new Error('no record');
  let history: MessageHistory | undefined;
  await world.fanOut([record]);
  await world.until('every request has ended', async () => {
    history = await findMessage(world.operator, { eventId, tenants: [tenantId] });
    return history?.waiting.length === 0 && history.attempts.length >= count;
  });
  return history?.attempts ?? [];
}
