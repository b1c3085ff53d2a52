import { afterEach, describe, expect, it } from 'vitest';

import { type DnsServer, startDnsServer, type Zone } from '../testing/index.ts';
import { createNameResolver, type ResolveName } from './resolve-name.ts';

let dns: DnsServer;
afterEach(() => dns.close());

async function resolverOf(
  zone: Zone,
  options: { ttlS?: number; now?: () => number; timeoutMs?: number } = {},
): Promise<ResolveName> {
  dns = await startDnsServer(zone, options.ttlS);
  return createNameResolver({ servers: [dns.server], ...options });
}

describe('the resolver of names', () => {
  it('gives the addresses of both families', async () => {
    const resolve = await resolverOf(() => ['93.184.215.14', '2606:2800:21f::1']);

    expect(await resolve('api.example.com')).toEqual(['2606:2800:21f::1', '93.184.215.14']);
  });

  it('gives those of one family where there is no other', async () => {
    const resolve = await resolverOf(() => ['93.184.215.14']);

    expect(await resolve('api.example.com')).toEqual(['93.184.215.14']);
  });

  it('rejects for a name that does not exist', async () => {
    const resolve = await resolverOf(() => undefined);

    await expect(resolve('nobody.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('rejects when nobody tells in time', async () => {
    const resolve = await resolverOf(() => 'silent', { timeoutMs: 100 });

    await expect(resolve('slow.example.com')).rejects.toMatchObject({ code: 'ETIMEOUT' });
  });

  it.each([
    ['at least five seconds', 0, 5_000],
    ['as long as DNS says', 20, 20_000],
    ['at most a minute', 86_400, 60_000],
  ])('remembers an answer %s', async (_, ttlS, ageMs) => {
    let nowMs = 0;
    const resolve = await resolverOf(() => ['93.184.215.14'], { ttlS, now: () => nowMs });
    await resolve('api.example.com');

    nowMs = ageMs - 1;
    await resolve('api.example.com');
    const remembered = dns.questions();
    nowMs = ageMs;
    await resolve('api.example.com');

    expect([remembered, dns.questions()]).toEqual([2, 4]);
  });

  it('asks once for many who ask at a time, and again after a failure', async () => {
    let isThere = false;
    const resolve = await resolverOf(() => (isThere ? ['93.184.215.14'] : undefined));

    await Promise.allSettled(Array.from({ length: 20 }, () => resolve('api.example.com')));
    const asked = dns.questions();
    isThere = true;

    expect(asked).toBe(2);
    expect(await resolve('api.example.com')).toEqual(['93.184.215.14']);
  });
});
