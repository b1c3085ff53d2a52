import { createBreaker } from '@trunkline/breaker';

import { type DoneMarkers, markerPrefix, type MarkerScope, markerTtlMs } from './done-markers.ts';
import { openRedis, type RedisAddress } from './redis-connection.ts';

export interface RedisMarkersOptions extends RedisAddress {
  readonly scope: MarkerScope;
  readonly ttlMs?: number;
  /** Longest wait of a batch; 50 ms when absent. */
  readonly timeoutMs?: number;
  readonly onEvent: (event: MarkersEvent) => void;
}

export type MarkersEvent =
  /** A change of state, once: from now on it goes without Redis, or with it again. */
  | { readonly kind: 'away'; readonly reason: string }
  | { readonly kind: 'back' }
  /** What became of the ids of one call. */
  | { readonly kind: 'answered'; readonly done: number; readonly unknown: number }
  | { readonly kind: 'unanswered'; readonly ids: number }
  | { readonly kind: 'unwritten'; readonly ids: number };

export interface RedisMarkers extends DoneMarkers {
  /** Whether a batch would be asked about at this moment. */
  isUp(): boolean;
}

/** Redis answers within a millisecond or two on a good day; more than this a batch does not wait for it. */
const defaultTimeoutMs = 50;
const trialAfterMs = 1_000;
/** Of the marker that a trial writes: long enough to be written, no longer. */
const trialTtlMs = 1_000;

/**
 * Done markers in Redis: one round trip to read those of a batch, one to write them. Redis away, flushed, full or slow
 * costs the batch in hand at most 50 ms, those after it nothing, and says so once.
 */
export function createRedisMarkers(options: RedisMarkersOptions): RedisMarkers {
  const { scope, ttlMs = markerTtlMs, timeoutMs = defaultTimeoutMs, onEvent } = options;
  const prefix = markerPrefix(scope);
  const connection = openRedis(options);
  const { redis } = connection;
  const breaker = createBreaker({
    timeoutMs,
    trialAfterMs,
    // A write, because a server that is full or a replica answers reads and refuses these.
    trial: () => redis.set(`${prefix}trial`, '1', 'PX', trialTtlMs),
    onChange: (change) =>
      onEvent(change.kind === 'away' ? { ...change, reason: connection.trouble() ?? change.reason } : change),
  });

  return {
    async seen(ids) {
      if (ids.length === 0) return new Set();
      let values: readonly (string | null)[] = [];
      const answered = await breaker.run(async () => {
        values = await redis.mget(ids.map((id) => prefix + id));
      });
      if (!answered) {
        onEvent({ kind: 'unanswered', ids: ids.length });
        return new Set();
      }
      const done = new Set(ids.filter((_, index) => typeof values[index] === 'string'));
      onEvent({ kind: 'answered', done: done.size, unknown: ids.length - done.size });
      return done;
    },
    async remember(ids) {
      if (ids.length === 0) return;
      // Commands of one turn travel together.
      const written = await breaker.run(async () => {
        await Promise.all(ids.map((id) => redis.set(prefix + id, '1', 'PX', ttlMs)));
      });
      if (!written) onEvent({ kind: 'unwritten', ids: ids.length });
    },
    isUp: () => connection.isReady() && breaker.isClosed(),
    async close(closing) {
      breaker.close();
      await connection.close(closing);
    },
  };
}
