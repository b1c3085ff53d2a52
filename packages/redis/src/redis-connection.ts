import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { SecureContext } from 'node:tls';

import { type Backoff, backoffMs, createTlsContext, messageOf, timeoutSignal } from '@trunkline/core';
import type * as Ioredis from 'ioredis';

export interface RedisAddress {
  /** redis:// or rediss://, with user, password and database number where needed. */
  readonly url: string;
  /** Of rediss://: the authority of its certificate; those that Node knows when absent. Read again at each connection. */
  readonly caFile?: string | undefined;
}

/** One connection to Redis that fails fast and comes back by itself. */
export interface RedisConnection {
  readonly redis: Ioredis.Redis;
  isReady(): boolean;
  /** Why there is no connection; undefined while there is one. */
  trouble(): string | undefined;
  close(options: { readonly deadlineMs: number }): Promise<void>;
}

const connectTimeoutMs = 1_000;
/** Without a byte of an answer for this long the connection is given up, with everything that waits on it. */
const silenceMs = 1_000;
const reconnectBackoff: Backoff = { firstMs: 50, lastMs: 2_000 };
/** A server that is frozen does not say goodbye. */
const goodbyeMs = 200;

// The library is loaded by whoever has a Redis: it is a tenth of what a service without one would load.
const load = createRequire(import.meta.url);

/** Connects in the background. */
export function openRedis({ url, caFile }: RedisAddress): RedisConnection {
  // The types are the library's own.
  const { Redis } = load('ioredis') as typeof Ioredis;
  const redis = new Redis(url, {
    connectionName: 'trunkline',
    // While there is no connection a command fails at once: nothing queues up behind an outage.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    enableAutoPipelining: true,
    connectTimeout: connectTimeoutMs,
    socketTimeout: silenceMs,
    disconnectTimeout: goodbyeMs,
    ...(caFile !== undefined && url.startsWith('rediss:') ? { tls: tlsOf(caFile) } : {}),
    // It counts its tries from 1.
    retryStrategy: (times) => backoffMs(times - 1, reconnectBackoff),
  });
  let lastError: string | undefined;
  // Without a listener the library prints to the console.
  redis.on('error', (error: unknown) => {
    lastError = messageOf(error);
  });
  redis.on('ready', () => {
    lastError = undefined;
  });

  return {
    redis,
    isReady: () => redis.status === 'ready',
    trouble: () => (redis.status === 'ready' ? undefined : (lastError ?? `no connection (${redis.status})`)),
    async close({ deadlineMs }) {
      if (redis.status === 'end') return;
      const ended = once(redis, 'end', { signal: timeoutSignal(deadlineMs) });
      redis.disconnect();
      // Nothing waits for an answer any more, so a connection that will not end in time ends with the process.
      await ended.catch(() => undefined);
    },
  };
}

/** The library copies it for each connection, and with that asks for the context of this moment. */
function tlsOf(caFile: string): { readonly secureContext: SecureContext } {
  const tls = createTlsContext({ caFile, certFile: undefined, keyFile: undefined });
  return {
    get secureContext() {
      return tls.current();
    },
  };
}
