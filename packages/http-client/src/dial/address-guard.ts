import { type BlockList, isIP } from 'node:net';

import { networkList, TrunklineError } from '@trunkline/core';

import { innerV4 } from './address.ts';
import { isForbiddenName } from './forbidden-names.ts';
import { isGlobal } from './forbidden-networks.ts';

/** What is allowed beside the public internet: `10.1.0.0/16` on any permitted port, or only on those named. */
export interface AllowedNetwork {
  readonly network: string;
  readonly ports?: readonly number[];
}

export interface GuardOptions {
  /** Networks of one's own that may be called; none when absent. */
  readonly allow?: readonly AllowedNetwork[];
  /** Names that may be called although they look like ones of a private network; their addresses are judged as all are. */
  readonly allowNames?: readonly string[];
  /** Plain HTTP is for one's own networks: elsewhere a request and its credentials can be read on the way. */
  readonly allowHttp?: 'never' | 'allowed_networks' | 'anywhere';
}

/** Why a destination is refused. `detail` names the part of it, never the whole, which may hold a secret; empty where there is nothing to name. */
export interface Denial {
  readonly reason: 'url' | 'scheme' | 'credentials' | 'port' | 'name' | 'address';
  readonly detail: string;
}

/** A place that may be dialled, once its addresses are known and judged. */
export interface Target {
  readonly url: URL;
  /** Without brackets and without the dot at the end. */
  readonly host: string;
  readonly port: number;
}

/**
 * Decides where a request may go. Whoever dials asks it about each address, at the moment of dialling; asking before
 * that, when a user saves a URL, is a kindness to the user and no protection.
 */
export interface AddressGuard {
  /** Judges what is written: scheme, credentials, port, name, literal address. */
  judgeUrl(text: string): Target | Denial;
  /** Judges a host and a port that are not of a URL. */
  judgeHost(host: string, port: number): Denial | undefined;
  /** Judges the addresses of a name: one that is refused refuses all. */
  judgeAddresses(
    addresses: readonly string[],
    place: { readonly port: number; readonly isPlain: boolean },
  ): Denial | undefined;
}

export function isDenial(judged: Target | Denial): judged is Denial {
  return 'reason' in judged;
}

/** The denial in words, for whoever gave the destination. */
export function explainDenial({ reason, detail }: Denial): string {
  switch (reason) {
    case 'url':
      return 'it is no URL: write https://example.com/webhooks';
    case 'scheme':
      return detail === 'http'
        ? 'plain http goes to networks that are allowed and nowhere else: write https://'
        : `a URL begins with https:// (or http://), not ${detail}:`;
    case 'credentials':
      return 'a URL holds no user and no password';
    case 'port':
      return `requests do not go to ${detail}`;
    case 'name':
      return `${detail} is a name of a private network`;
    case 'address':
      return detail === '' ? 'it has no address' : `${detail} is in no network that may be called`;
  }
}

/** Below 1024 only the ports of HTTP and of mail submission; above it none where a database or a control plane listens. */
const lowPorts: ReadonlySet<number> = new Set([80, 443, 465, 587]);
const forbiddenPorts: ReadonlySet<number> = new Set([
  1433, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5672, 5900, 5984, 6000, 6379, 6443, 7000,
  7001, 8500, 8600, 9042, 9092, 9093, 9094, 9200, 9300, 10_250, 10_255, 11_211, 15_672, 27_017, 27_018,
]);

/** Throws `config_invalid` for an allowed network that is none. */
export function createAddressGuard(options: GuardOptions = {}): AddressGuard {
  const { allowHttp = 'allowed_networks' } = options;
  const allowed = (options.allow ?? []).map(readAllowed);
  const allowedNames = new Set((options.allowNames ?? []).map((name) => name.toLowerCase()));

  const isAllowed = (address: string, port: number): boolean => {
    const plain = innerV4(address) ?? address;
    const family = isIP(plain) === 4 ? 'ipv4' : 'ipv6';
    return allowed.some(({ list, ports }) => (ports?.has(port) ?? true) && list.check(plain, family));
  };
  const isPortForbidden = (port: number): boolean => (port < 1_024 ? !lowPorts.has(port) : forbiddenPorts.has(port));
  const isPlainPossible = allowHttp === 'anywhere' || (allowHttp === 'allowed_networks' && allowed.length > 0);
  const isPortNamed = (port: number): boolean => allowed.some(({ ports }) => ports?.has(port) ?? false);

  function judgeHost(host: string, port: number): Denial | undefined {
    if (isPortForbidden(port) && !isPortNamed(port)) return { reason: 'port', detail: `port ${port}` };
    if (isIP(host) === 0 && isForbiddenName(host) && !allowedNames.has(host)) return { reason: 'name', detail: host };
    return undefined;
  }

  function judgeAddresses(
    addresses: readonly string[],
    { port, isPlain }: { readonly port: number; readonly isPlain: boolean },
  ): Denial | undefined {
    if (addresses.length === 0) return { reason: 'address', detail: '' };
    for (const address of addresses) {
      if (isAllowed(address, port)) {
        if (isPlain && allowHttp === 'never') return { reason: 'scheme', detail: 'http' };
        continue;
      }
      if (!isGlobal(address)) return { reason: 'address', detail: address };
      // Such a port was let through for the sake of an allowed network, and this is none.
      if (isPortForbidden(port)) return { reason: 'port', detail: `port ${port}` };
      if (isPlain && allowHttp !== 'anywhere') return { reason: 'scheme', detail: 'http' };
    }
    return undefined;
  }

  function judgeUrl(text: string): Target | Denial {
    if (!URL.canParse(text)) return { reason: 'url', detail: 'not a URL' };
    const url = new URL(text);
    const isPlain = url.protocol === 'http:';
    if (!isPlain && url.protocol !== 'https:') return { reason: 'scheme', detail: url.protocol.slice(0, -1) };
    if (isPlain && !isPlainPossible) return { reason: 'scheme', detail: 'http' };
    if (url.username !== '' || url.password !== '') return { reason: 'credentials', detail: 'user or password' };
    const host = hostOf(url);
    const port = url.port === '' ? (isPlain ? 80 : 443) : Number(url.port);
    const denial = judgeHost(host, port) ?? (isIP(host) === 0 ? undefined : judgeAddresses([host], { port, isPlain }));
    return denial ?? { url, host, port };
  }

  return { judgeUrl, judgeHost, judgeAddresses };
}

/** The parser has made decimal, octal and hexadecimal hosts plain, and names of other scripts punycode. */
function hostOf(url: URL): string {
  const { hostname } = url;
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

function readAllowed({ network, ports }: AllowedNetwork): { list: BlockList; ports: ReadonlySet<number> | undefined } {
  const list = networkList([network]);
  if (list === undefined) {
    throw new TrunklineError(
      'config_invalid',
      `"${network}" is no address or network: write 10.1.0.0/16 or 2001:db8::/32`,
    );
  }
  return { list, ports: ports === undefined ? undefined : new Set(ports) };
}
