import { Resolver } from 'node:dns/promises';

import { type Clock, createRecentMap, foreignCode, systemClock } from '@trunkline/core';

import { dialLimits } from './limits.ts';

/** The addresses of a name, IPv6 and IPv4; rejects when it has none or nobody tells in time. */
export type ResolveName = (name: string) => Promise<readonly string[]>;

export interface ResolverOptions {
  /** Name servers as `address` or `address:port`; those of the system when absent. */
  readonly servers?: readonly string[];
  readonly timeoutMs?: number;
  readonly now?: Clock;
}

interface Known {
  readonly addresses: Promise<readonly string[]>;
  /** Until the answer is there, the question is shared. */
  expiresAtMs: number;
}

/**
 * Asks DNS itself (c-ares) and not the system's `getaddrinfo`, which has four threads for the whole process: the dead name
 * server of one customer's domain would hold up everybody's. Hence names of /etc/hosts are not found.
 */
export function createNameResolver(options: ResolverOptions = {}): ResolveName {
  const { timeoutMs = dialLimits.resolveTimeoutMs, now = systemClock } = options;
  // Two tries share the time.
  const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / 2), tries: 2, maxTimeout: timeoutMs });
  if (options.servers !== undefined) resolver.setServers(options.servers);
  const known = createRecentMap<string, Known>(dialLimits.maxNames);

  function ask(name: string): Known {
    const entry: Known = { addresses: Promise.resolve([]), expiresAtMs: Number.POSITIVE_INFINITY };
    const asked = askBoth(resolver, name).then(
      ({ addresses, ttlMs }) => {
        entry.expiresAtMs = now() + Math.min(Math.max(ttlMs, dialLimits.minNameAgeMs), dialLimits.maxNameAgeMs);
        return addresses;
      },
      (error: unknown) => {
        entry.expiresAtMs = 0;
        throw error;
      },
    );
    return Object.assign(entry, { addresses: asked });
  }

  return (name) => {
    const found = known.get(name);
    if (found !== undefined && found.expiresAtMs > now()) return found.addresses;
    return known.set(name, ask(name)).addresses;
  };
}

interface Answer {
  readonly addresses: readonly string[];
  readonly ttlMs: number;
}

/** A name with addresses of one family only is usual; one of which either question failed otherwise is not to be trusted. */
async function askBoth(resolver: Resolver, name: string): Promise<Answer> {
  const [v6, v4] = await Promise.all([
    resolver.resolve6(name, { ttl: true }).catch(noneOfThisFamily),
    resolver.resolve4(name, { ttl: true }).catch(noneOfThisFamily),
  ]);
  const records = [...v6, ...v4];
  if (records.length === 0) throw Object.assign(new Error(`${name} has no address`), { code: 'ENOTFOUND' });
  return {
    addresses: records.map(({ address }) => address),
    ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1_000,
  };
}

function noneOfThisFamily(error: unknown): readonly never[] {
  const code = foreignCode(error);
  if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
  throw error;
}
