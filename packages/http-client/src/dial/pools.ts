import { Pool } from 'undici';

import type { AddressGuard, Target } from './address-guard.ts';
import { createConnector, type TlsProfile } from './connector.ts';
import type { DialLimits } from './limits.ts';
import type { ResolveName } from './resolve-name.ts';
import { createTurnstile, type Turnstile } from './turnstile.ts';

export interface PoolsOptions {
  readonly guard: AddressGuard;
  readonly resolve: ResolveName;
  readonly limits: DialLimits;
}

/** The connections to one origin, and who may have how many of them. */
export interface Connections {
  readonly pool: Pool;
  readonly turnstile: Turnstile;
}

interface Kept extends Connections {
  lastUsedAtMs: number;
}

/** One pool of kept connections for each origin and TLS profile. */
export interface Pools {
  of(target: Target, tls: TlsProfile | undefined): Connections;
  /** Ends every connection at once. */
  close(): Promise<void>;
}

export function createPools({ guard, resolve, limits }: PoolsOptions): Pools {
  const pools = new Map<string, Kept>();
  /** Those that made room and still have requests. */
  const closing = new Set<Pool>();

  function open({ url, port }: Target, tls: TlsProfile | undefined): Pool {
    return new Pool(url.origin, {
      connections: limits.maxConnectionsPerOrigin,
      pipelining: 1,
      keepAliveTimeout: limits.keepAliveMs,
      keepAliveMaxTimeout: limits.keepAliveMs,
      clientTtl: limits.connectionAgeMs,
      maxHeaderSize: limits.maxHeaderBytes,
      // The exchange has deadlines of its own, which are exact.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: createConnector({
        guard,
        resolve,
        port,
        isPlain: url.protocol === 'http:',
        connectTimeoutMs: limits.connectTimeoutMs,
        ...(tls === undefined ? {} : { tls }),
      }),
    });
  }

  function makeRoom(): void {
    if (pools.size < limits.maxOrigins) return;
    const [oldest] = [...pools].reduce((found, next) => (next[1].lastUsedAtMs < found[1].lastUsedAtMs ? next : found));
    const kept = pools.get(oldest);
    pools.delete(oldest);
    if (kept === undefined) return;
    closing.add(kept.pool);
    // Its requests go on; it fails for those alone that are destroyed with it.
    const forget = (): unknown => closing.delete(kept.pool);
    kept.pool.close().then(forget, forget);
  }

  return {
    of(target, tls) {
      const key = `${tls?.name ?? ''} ${target.url.origin}`;
      const kept = pools.get(key);
      if (kept !== undefined) {
        kept.lastUsedAtMs = performance.now();
        return kept;
      }
      makeRoom();
      const { maxConnectionsPerOrigin: places, keptConnections } = limits;
      const opened: Kept = {
        pool: open(target, tls),
        // Where there are few, half of them are kept.
        turnstile: createTurnstile({ places, kept: Math.min(keptConnections, Math.floor(places / 2)) }),
        lastUsedAtMs: performance.now(),
      };
      pools.set(key, opened);
      return opened;
    },
    async close() {
      const all = [...[...pools.values()].map(({ pool }) => pool), ...closing];
      pools.clear();
      await Promise.all(all.map((pool) => pool.destroy()));
    },
  };
}
