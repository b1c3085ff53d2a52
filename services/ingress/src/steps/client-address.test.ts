import type { IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';

import { describe, expect, it } from 'vitest';

import { clientAddress } from './client-address.ts';

const trusted = new BlockList();
trusted.addSubnet('10.0.0.0', 8, 'ipv4');
trusted.addSubnet('fd00::', 8, 'ipv6');

function addressOf(peer: string | undefined, forwardedFor?: string): string | undefined {
  const request = { socket: { remoteAddress: peer }, headers: { 'x-forwarded-for': forwardedFor } };
  // clientAddress() reads only these members of a request.
  return clientAddress(request as unknown as IncomingMessage, trusted);
}

describe('the address of the client', () => {
  it.for([
    ['is the peer', '203.0.113.9', undefined, '203.0.113.9'],
    ['is the peer whatever a stranger writes', '203.0.113.9', '192.0.2.1', '203.0.113.9'],
    ['is what a trusted proxy says', '10.0.0.1', '192.0.2.1', '192.0.2.1'],
    [
      'is what the nearest proxy says, not what came with the request',
      '10.0.0.1',
      '198.51.100.7, 192.0.2.1',
      '192.0.2.1',
    ],
    ['is behind every proxy of ours', '10.0.0.1', '198.51.100.7, 192.0.2.1, 10.9.9.9 , fd00::5', '192.0.2.1'],
    ['is the furthest when all are ours', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['is the proxy when it says nothing', '10.0.0.1', undefined, '10.0.0.1'],
    ['is the last proxy known for sure when an entry is no address', '10.0.0.1', '192.0.2.1, unknown', '10.0.0.1'],
    ['is not looked for behind an entry that is no address', '10.0.0.1', '192.0.2.1, , 10.0.0.2', '10.0.0.2'],
    ['is without the port that some proxies write', '10.0.0.1', '192.0.2.1:4711', '192.0.2.1'],
    ['is without brackets, too', '10.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['is IPv4 on a dual-stack socket', '::ffff:203.0.113.9', undefined, '203.0.113.9'],
    ['is IPv4 behind a proxy on a dual-stack socket', '::ffff:10.0.0.1', '::ffff:192.0.2.1', '192.0.2.1'],
    ['is IPv4 however it is mapped', '10.0.0.1', '::FFFF:C000:0201', '192.0.2.1'],
    ['has one form', '10.0.0.1', '2001:0DB8:0:0:0::1', '2001:db8::1'],
    ['is without the zone', 'fe80::1%eth0', undefined, 'fe80::1'],
    ['is unknown when the socket is gone', undefined, '192.0.2.1', undefined],
  ] as const)('%s', ([, peer, forwardedFor, expected]) => {
    expect(addressOf(peer, forwardedFor)).toBe(expected);
  });

  it('costs no more than so many hops, however long the list', () => {
    const list = `192.0.2.1, ${Array.from({ length: 1_000 }, () => '10.0.0.2').join(', ')}`;

    expect(addressOf('10.0.0.1', list)).toBe('10.0.0.2');
  });

  it('is asked of a connection once, also when it is gone since', () => {
    const socket: { remoteAddress: string | undefined } = { remoteAddress: '10.0.0.1' };
    const of = (forwardedFor: string, networks: BlockList): string | undefined =>
      clientAddress({ socket, headers: { 'x-forwarded-for': forwardedFor } } as unknown as IncomingMessage, networks);

    expect(of('192.0.2.1', trusted)).toBe('192.0.2.1');
    socket.remoteAddress = undefined;
    expect(of('192.0.2.2', trusted)).toBe('192.0.2.2');
  });

  it('follows other proxies where others are trusted', () => {
    const socket = { remoteAddress: '10.0.0.1' };
    const request = { socket, headers: { 'x-forwarded-for': '192.0.2.1' } } as unknown as IncomingMessage;

    expect(clientAddress(request, trusted)).toBe('192.0.2.1');
    expect(clientAddress(request, new BlockList())).toBe('10.0.0.1');
  });
});
