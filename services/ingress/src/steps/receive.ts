import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';

import type { ReceivedRequest } from '@trunkline/providers';

import { trustedHops } from './client-address.ts';

/** What stands between the provider and us, as far as it is known. */
export interface PublicUrlBasis {
  /** What the source's configuration says; it wins over every header. */
  readonly publicBaseUrl: string | undefined;
  readonly trustedProxies: BlockList;
}

/** The request as verifiers see it: nothing joined, decoded or dropped. */
export function receive(request: IncomingMessage, body: Uint8Array, basis: PublicUrlBasis): ReceivedRequest {
  const target = request.url ?? '/';
  return {
    method: request.method ?? '',
    target,
    publicUrl: `${publicOrigin(request, basis)}${target}`,
    headers: headerPairs(request.rawHeaders),
    body,
  };
}

/**
 * Scheme and host as the provider sees them. Forwarded headers count only when the peer is a proxy that the operator
 * named: anybody can write them, and some signatures are over this URL.
 */
function publicOrigin(request: IncomingMessage, basis: PublicUrlBasis): string {
  if (basis.publicBaseUrl !== undefined) return basis.publicBaseUrl.replace(/\/+$/, '');
  const direct = request.headers.host ?? '';
  const hops = trustedHops(request, basis.trustedProxies);
  if (hops === 0) return `http://${direct}`;
  const told = (name: string): string | undefined => outermostOf(request.headers[name], hops);
  const scheme = told('x-forwarded-proto')?.toLowerCase() === 'https' ? 'https' : 'http';
  const host = told('x-forwarded-host');
  if (host === undefined) return `${scheme}://${direct}`;
  return `${scheme}://${withPort(host, told('x-forwarded-port'), scheme)}`;
}

/** Some proxies say the port beside the host, and then also the one that nobody writes. */
function withPort(host: string, port: string | undefined, scheme: 'http' | 'https'): string {
  const isOmitted = port === (scheme === 'https' ? '443' : '80');
  return port === undefined || isOmitted || /:\d+$/.test(host) || !/^\d{1,5}$/.test(port) ? host : `${host}:${port}`;
}

/**
 * The entry that the outermost of our own proxies wrote. Each adds one at the right, so those of the others stand behind
 * it; what stands before it came with the request. A proxy that replaces the header instead leaves fewer entries than
 * there are proxies: then the first is the outermost that is told.
 */
function outermostOf(header: string | string[] | undefined, hops: number): string | undefined {
  const text = Array.isArray(header) ? header.join(',') : header;
  const entries = text?.split(',') ?? [];
  return entries[Math.max(0, entries.length - hops)]?.trim() || undefined;
}

/** Names and values as they came, in order. */
export function headerPairs(raw: readonly string[]): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) pairs.push([raw[index] ?? '', raw[index + 1] ?? '']);
  return pairs;
}
