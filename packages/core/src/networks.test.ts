import { describe, expect, it } from 'vitest';

import { networkList } from './networks.ts';

describe('a list of networks', () => {
  it.for([
    ['203.0.113.7', '203.0.113.7', '203.0.113.8'],
    ['203.0.113.0/24', '203.0.113.255', '203.0.114.0'],
    ['2001:db8::/32', '2001:db8:ffff::1', '2001:db9::1'],
    ['2001:db8::1', '2001:db8::1', '2001:db8::2'],
    ['203.0.113.0/24', '::ffff:203.0.113.7', '::ffff:203.0.114.7'],
    ['::ffff:203.0.113.0/120', '203.0.113.7', '203.0.114.7'],
  ] as const)('of %s has %s and not %s', ([entry, inside, outside]) => {
    const networks = networkList(['192.0.2.1', entry]);

    const found = [inside, outside].map((address) => networks?.check(address, address.includes(':') ? 'ipv6' : 'ipv4'));
    expect(found).toEqual([true, false]);
  });

  it.for(['', '203.0.113', '203.0.113.0/', '203.0.113.0/33', '203.0.113.0/8/8', '2001:db8::/129', 'fe80::1%eth0', 'x'])(
    'cannot be made with %j in it',
    (entry) => {
      const networks = networkList(['192.0.2.1', entry]);

      expect(networks).toBeUndefined();
    },
  );
});
