import { type BlockList, isIP } from 'node:net';

import { networkList } from '@trunkline/core';

import { innerV4 } from './address.ts';

/**
 * Where no request of ours has any business: what is not reachable globally by the registries of special addresses
 * (https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry), and the metadata servers
 * that clouds keep outside of these.
 */
const forbiddenV4 = mustParse([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Azure's wire server, a public address that only its own machines reach.
  '168.63.129.16',
]);

/** Global unicast addresses are 2000::/3; the rest of IPv6 is loopback, local, multicast or nobody's. */
const globalV6 = mustParse(['2000::/3']);
/** Within it: IETF assignments (Teredo, benchmarking, ORCHID), and documentation. */
const forbiddenV6 = mustParse(['2001::/23', '2001:db8::/32', '3fff::/20']);

/** Whether the address may be reached by anybody. An IPv6 address that stands for an IPv4 one is judged by that. */
export function isGlobal(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !forbiddenV4.check(address, 'ipv4');
  if (version !== 6) return false;
  const inner = innerV4(address);
  if (inner !== undefined) return isGlobal(inner);
  return globalV6.check(address, 'ipv6') && !forbiddenV6.check(address, 'ipv6');
}

function mustParse(networks: readonly string[]): BlockList {
  const list = networkList(networks);
  if (list === undefined) throw new RangeError(`not a list of networks: ${networks.join(', ')}`);
  return list;
}
