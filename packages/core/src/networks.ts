import { BlockList, isIP } from 'node:net';

/** A list of addresses (203.0.113.7) and networks (203.0.113.0/24, 2001:db8::/32); undefined when one is neither. */
export function networkList(entries: readonly string[]): BlockList | undefined {
  const networks = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix, ...more] = entry.split('/');
    const version = isIP(address);
    // A zone (fe80::1%eth0) is a name on one machine only.
    if (version === 0 || more.length > 0 || address.includes('%')) return undefined;
    const widest = version === 4 ? 32 : 128;
    if (prefix !== undefined && (!/^[0-9]{1,3}$/.test(prefix) || Number(prefix) > widest)) return undefined;
    networks.addSubnet(address, prefix === undefined ? widest : Number(prefix), version === 4 ? 'ipv4' : 'ipv6');
  }
  return networks;
}
