import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { loopbackNetwork } from '../testing/index.ts';
import { createAddressGuard } from './address-guard.ts';
import { openSocket } from './open-socket.ts';

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((socket) => socket.end('220 hello\r\n'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as AddressInfo); // listens on TCP
});
afterAll(() => server.close());

const guard = createAddressGuard({ allow: [loopbackNetwork] });
const strict = createAddressGuard();

describe('a socket', () => {
  it('is connected to a place that may be dialled', async () => {
    const opened = await openSocket({ guard, host: '127.0.0.1', port, isPlain: true });
    if (!('socket' in opened)) throw new Error(opened.detail);

    const [greeting] = await once(opened.socket, 'data');

    expect(String(greeting)).toBe('220 hello\r\n');
    opened.socket.destroy();
  });

  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '::1',
    '::ffff:127.0.0.1',
    'localhost',
    'mail.internal',
    '',
    'a/b',
    'u@x.example.com',
  ])('to %s is refused', async (host) => {
    const opened = await openSocket({ guard: strict, host, port: 587, isPlain: false });

    expect(opened).toMatchObject({ kind: 'failure', reason: 'denied', arrived: 'no' });
  });

  it('is refused when the name leads into a private network', async () => {
    const opened = await openSocket({
      guard: strict,
      resolve: () => Promise.resolve(['10.0.0.8']),
      host: 'mail.example.com',
      port: 587,
      isPlain: false,
    });

    expect(opened).toMatchObject({ reason: 'denied', detail: expect.stringContaining('10.0.0.8') });
  });

  it('for plain text is refused outside of the allowed networks', async () => {
    const opened = await openSocket({ guard, host: '93.184.215.14', port: 587, isPlain: true });

    expect(opened).toMatchObject({ reason: 'denied' });
  });

  it('that nobody takes is told', async () => {
    const opened = await openSocket({
      guard: createAddressGuard({ allow: [{ network: '127.0.0.1', ports: [1] }] }),
      host: '127.0.0.1',
      port: 1,
      isPlain: true,
    });

    expect(opened).toMatchObject({ reason: 'refused', arrived: 'no' });
  });
});
