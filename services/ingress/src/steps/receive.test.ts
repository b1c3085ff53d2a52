import type { IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';

import { describe, expect, it } from 'vitest';

import { receive } from './receive.ts';

const trusted = new BlockList();
trusted.addSubnet('10.0.0.0', 8, 'ipv4');

interface Given {
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly publicBaseUrl?: string;
}

function publicUrl({ from = '203.0.113.9', headers = {}, publicBaseUrl }: Given): string {
  const request = {
    method: 'POST',
    url: '/hooks/src_a?b=c',
    headers: { host: 'in.internal:8080', ...headers },
    rawHeaders: [],
    socket: { remoteAddress: from },
  };
  // receive() reads only these members of a request.
  return receive(request as unknown as IncomingMessage, Buffer.alloc(0), { publicBaseUrl, trustedProxies: trusted })
    .publicUrl;
}

const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'hooks.example.org' };

describe('the public URL', () => {
  it.each<[string, Given, string]>([
    ['is what the connection says', {}, 'http://in.internal:8080/hooks/src_a?b=c'],
    ['ignores forwarded headers of strangers', { headers: forwarded }, 'http://in.internal:8080/hooks/src_a?b=c'],
    ['follows a trusted proxy', { from: '10.1.2.3', headers: forwarded }, 'https://hooks.example.org/hooks/src_a?b=c'],
    [
      'takes the port that a trusted proxy says beside the host',
      { from: '10.1.2.3', headers: { ...forwarded, 'x-forwarded-port': '8443' } },
      'https://hooks.example.org:8443/hooks/src_a?b=c',
    ],
    [
      'leaves out the port that its scheme implies',
      { from: '10.1.2.3', headers: { ...forwarded, 'x-forwarded-port': '443' } },
      'https://hooks.example.org/hooks/src_a?b=c',
    ],
    [
      'takes the port of the host before the one beside it',
      {
        from: '10.1.2.3',
        headers: { ...forwarded, 'x-forwarded-host': 'hooks.example.org:9443', 'x-forwarded-port': '8443' },
      },
      'https://hooks.example.org:9443/hooks/src_a?b=c',
    ],
    [
      'takes what the outermost of several trusted proxies wrote',
      {
        from: '10.1.2.3',
        headers: {
          'x-forwarded-for': '203.0.113.5, 10.0.0.7',
          'x-forwarded-proto': 'https, http',
          'x-forwarded-host': 'hooks.example.org, lb.internal',
          'x-forwarded-port': '8443, 80',
        },
      },
      'https://hooks.example.org:8443/hooks/src_a?b=c',
    ],
    [
      'never takes what came with the request before the outermost trusted proxy',
      {
        from: '10.1.2.3',
        headers: {
          'x-forwarded-for': '10.9.9.9, 203.0.113.5, 10.0.0.7',
          'x-forwarded-proto': 'http, https, http',
          'x-forwarded-host': 'evil.example, hooks.example.org, lb.internal',
        },
      },
      'https://hooks.example.org/hooks/src_a?b=c',
    ],
    [
      'takes the one entry of a proxy that replaces the others',
      {
        from: '10.1.2.3',
        headers: { 'x-forwarded-for': '203.0.113.5, 10.0.0.7', ...forwarded },
      },
      'https://hooks.example.org/hooks/src_a?b=c',
    ],
    [
      'reads the scheme in any letter case',
      { from: '10.1.2.3', headers: { ...forwarded, 'x-forwarded-proto': 'HTTPS' } },
      'https://hooks.example.org/hooks/src_a?b=c',
    ],
    [
      'follows a trusted proxy on a dual-stack socket',
      { from: '::ffff:10.1.2.3', headers: forwarded },
      'https://hooks.example.org/hooks/src_a?b=c',
    ],
    [
      'takes of a list what the nearest proxy added, not what the sender wrote',
      {
        from: '10.1.2.3',
        headers: { 'x-forwarded-proto': 'http, https', 'x-forwarded-host': 'evil.test, hooks.example.org' },
      },
      'https://hooks.example.org/hooks/src_a?b=c',
    ],
    [
      'is the configured one whatever the headers say',
      { from: '10.1.2.3', headers: forwarded, publicBaseUrl: 'https://configured.example.org/' },
      'https://configured.example.org/hooks/src_a?b=c',
    ],
  ])('%s', (_name, given, expected) => {
    expect(publicUrl(given)).toBe(expected);
  });
});

describe('receive', () => {
  it('keeps names, order and duplicates of headers as they came', () => {
    const request = {
      method: 'POST',
      url: '/',
      headers: {},
      rawHeaders: ['X-A', '1', 'x-a', '2', 'Host', 'h'],
      socket: {},
    };

    const received = receive(request as unknown as IncomingMessage, Buffer.alloc(0), {
      publicBaseUrl: undefined,
      trustedProxies: trusted,
    });

    expect(received.headers).toEqual([
      ['X-A', '1'],
      ['x-a', '2'],
      ['Host', 'h'],
    ]);
  });
});
