import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hostileNames, hostileUrls, hostileZone } from '../testing/hostile-urls.ts';
import { type DnsServer, startDnsServer, startLoopback, type Loopback } from '../testing/index.ts';
import { createAddressGuard, isDenial } from './address-guard.ts';
import { createDialler, type Dialler } from './dialler.ts';
import { createNameResolver } from './resolve-name.ts';

const get = { method: 'GET', headers: {} } as const;
const publicAddress = '93.184.215.14';

let dns: DnsServer;
let upstream: Loopback;
let rebound: string;
beforeAll(async () => {
  dns = await startDnsServer((name) => (name === 'rebinding.example.com' ? [rebound] : hostileZone[name]));
  upstream = await startLoopback((_, response) => response.end('reached'));
});
afterAll(async () => {
  await dns.close();
  await upstream.close();
});

async function dialled(url: string, dialler: Dialler): Promise<unknown> {
  try {
    return await dialler.send({ ...get, url });
  } finally {
    await dialler.close();
  }
}

const newDialler = (): Dialler =>
  createDialler({ guard: createAddressGuard(), resolve: createNameResolver({ servers: [dns.server] }) });

describe('the address guard', () => {
  it('has a table of at least 80 URLs', () => {
    expect(new Set([...hostileUrls.map(([url]) => url), ...hostileNames]).size).toBeGreaterThanOrEqual(80);
  });

  it.each([...hostileUrls.map(([url]) => url), ...hostileNames])('refuses %s at the dial', async (url) => {
    const outcome = await dialled(url, newDialler());

    expect(outcome).toMatchObject({ kind: 'failure', reason: 'denied', arrived: 'no' });
  });

  it.each(hostileUrls)('says of %s why: %s', (url, reason) => {
    expect(createAddressGuard().judgeUrl(url)).toMatchObject({ reason });
  });

  it.each(hostileNames)('cannot say it of %s before its addresses are known', (url) => {
    expect(isDenial(createAddressGuard().judgeUrl(url))).toBe(false);
  });

  it.each([
    'https://api.example.com/',
    'https://api.example.com:8443/hooks',
    'https://93.184.215.14/',
    'https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/',
    'https://[::ffff:93.184.215.14]/',
    'https://[64:ff9b::5db8:d70e]/',
    'https://bücher.example.com/',
  ])('lets %s through', (url) => {
    expect(isDenial(createAddressGuard().judgeUrl(url))).toBe(false);
  });

  it('never repeats user and password', () => {
    expect(JSON.stringify(createAddressGuard().judgeUrl('https://user:hunter2@api.example.com/'))).not.toMatch(
      /user:|hunter2/,
    );
  });

  it('refuses at the dial what passed the check when the URL was saved, because DNS says something else now', async () => {
    const guard = createAddressGuard();
    const resolve = createNameResolver({ servers: [dns.server] });
    const url = `https://rebinding.example.com:${upstream.port}/`;
    rebound = publicAddress;
    const addresses = await resolve('rebinding.example.com');
    const saved = [guard.judgeUrl(url), guard.judgeAddresses(addresses, { port: upstream.port, isPlain: false })];
    rebound = '127.0.0.1';

    const outcome = await dialled(url, newDialler());

    expect(isDenial(saved[0] ?? { reason: 'url', detail: '' })).toBe(false);
    expect(saved[1]).toBeUndefined();
    expect(outcome).toMatchObject({ reason: 'denied', detail: expect.stringContaining('127.0.0.1') });
    expect(upstream.connections()).toBe(0);
  });

  it('dials the addresses that were judged: a name is asked for once', async () => {
    const asked: string[] = [];
    const dialler = createDialler({
      guard: createAddressGuard({ allow: [{ network: '127.0.0.0/8' }] }),
      // Each question has another answer; nobody listens at the second.
      resolve: (name) => Promise.resolve([asked.push(name) === 1 ? '127.0.0.1' : '127.9.9.9']),
    });

    const outcome = await dialled(`http://fixed.example.com:${upstream.port}/`, dialler);

    expect(outcome).toMatchObject({ kind: 'answer', status: 200 });
    expect(asked).toEqual(['fixed.example.com']);
  });

  it('does not follow a redirect to the metadata server: it is an answer', async () => {
    const redirecting = await startLoopback((_, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
    );
    const guard = createAddressGuard({ allow: [{ network: '127.0.0.1' }] });

    const outcome = await dialled(redirecting.url, createDialler({ guard }));

    expect(outcome).toMatchObject({ kind: 'answer', status: 302 });
    await redirecting.close();
  });

  describe('with networks that are allowed', () => {
    const guard = createAddressGuard({
      allow: [{ network: '10.1.0.0/16' }, { network: '192.168.5.5', ports: [9_200] }],
      allowNames: ['hub.internal'],
    });

    it.each([
      'http://10.1.2.3/',
      'https://10.1.2.3:8443/',
      'https://[::ffff:10.1.2.3]/',
      'http://192.168.5.5:9200/',
      'https://hub.internal/',
    ])('lets %s through', (url) => {
      expect(isDenial(guard.judgeUrl(url))).toBe(false);
    });

    it.each([
      ['http://10.2.0.1/', 'address'],
      ['http://192.168.5.5/', 'address'],
      ['http://93.184.215.14:9200/', 'port'],
      ['http://93.184.215.14/', 'scheme'],
      ['http://10.1.2.3:6379/', 'port'],
      ['https://other.internal/', 'name'],
    ])('still refuses %s: %s', (url, reason) => {
      expect(guard.judgeUrl(url)).toMatchObject({ reason });
    });

    it('judges the addresses of an allowed name like any other', () => {
      expect(guard.judgeAddresses(['10.2.0.1'], { port: 443, isPlain: false })).toMatchObject({ reason: 'address' });
    });
  });

  it('names a network that it cannot read', () => {
    expect(() => createAddressGuard({ allow: [{ network: '10.1.0.0/99' }] })).toThrow(
      /"10\.1\.0\.0\/99" is no address/,
    );
  });
});
