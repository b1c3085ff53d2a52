import type { IncomingMessage } from 'node:http';
import { type BlockList, isIP, SocketAddress } from 'node:net';

/** Proxies in front of us. More hops than any installation has, and each costs a look-up. */
const mostHops = 16;

/**
 * Who sent the request: the peer, or, when the peer is a proxy that the operator named, whom the proxies say they got it
 * from. Each proxy adds its peer at the right of X-Forwarded-For, so the list is read from the right, as long as its
 * entries are proxies of ours: everything further left came with the request, and anybody can write it.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: BlockList): string | undefined {
  return walk(request, trustedProxies).client;
}

/** How many proxies of ours the request came through: 0 where the peer itself is none. */
export function trustedHops(request: IncomingMessage, trustedProxies: BlockList): number {
  return walk(request, trustedProxies).hops;
}

interface Walk {
  readonly client: string | undefined;
  readonly hops: number;
}

function walk(request: IncomingMessage, trustedProxies: BlockList): Walk {
  const { address: peer, isProxy } = peerOf(request, trustedProxies);
  if (peer === undefined || !isProxy) return { client: peer, hops: 0 };
  const header = request.headers['x-forwarded-for'];
  // Node has joined several headers of this name; its types do not know.
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').slice(-mostHops);
  let client = peer;
  let passed = 1;
  for (const hop of hops.toReversed()) {
    const address = canonicalAddress(withoutPort(hop.trim()));
    // What is no address (a proxy may write `unknown`) leaves the last one that is known for sure: our own proxy.
    if (address === undefined) return { client, hops: passed };
    client = address;
    if (!contains(trustedProxies, address)) return { client, hops: passed };
    passed += 1;
  }
  return { client, hops: passed };
}

interface Peer {
  readonly address: string | undefined;
  readonly isProxy: boolean;
  /** Those it was looked up in. */
  readonly among: BlockList;
}

/** A connection has one peer, whatever comes over it: a request asks for it twice, and each look-up costs. */
const peers = new WeakMap<object, Peer>();

function peerOf({ socket }: IncomingMessage, trustedProxies: BlockList): Peer {
  const known = peers.get(socket);
  if (known?.among === trustedProxies && known.address !== undefined) return known;
  const address = canonicalAddress(socket.remoteAddress);
  const isProxy = address !== undefined && contains(trustedProxies, address);
  const peer = { address, isProxy, among: trustedProxies };
  peers.set(socket, peer);
  return peer;
}

/** Of an address as `clientAddress` gives it. */
export function contains(networks: BlockList, address: string): boolean {
  return networks.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

/** The one way to write an address: an IPv4 peer of a dual-stack socket (::ffff:10.0.0.1) is an IPv4 address. */
function canonicalAddress(text: string | undefined): string | undefined {
  const [address = ''] = (text ?? '').split('%', 1);
  // As a socket shows it; the long way, for what others write, costs some microseconds.
  if (address.startsWith(mapped) && isIP(address.slice(mapped.length)) === 4) return address.slice(mapped.length);
  const version = isIP(address);
  if (version !== 6) return version === 4 ? address : undefined;
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  return /^::ffff:[0-9.]+$/.test(canonical) ? canonical.slice(mapped.length) : canonical;
}

const mapped = '::ffff:';

/** Some proxies add the port of their peer: 203.0.113.7:4711, [2001:db8::1]:4711. */
function withoutPort(hop: string): string {
  const [, address] = /^(?:([0-9.]+):[0-9]+)$/.exec(hop) ?? /^\[(.*)\](?::[0-9]+)?$/.exec(hop) ?? [];
  return address ?? hop;
}
