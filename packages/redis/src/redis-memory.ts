import { once } from 'node:events';

import { messageOf, TrunklineError } from '@trunkline/core';

import { openRedis, type RedisAddress } from './redis-connection.ts';

/** How a Redis deals with its memory. */
export interface RedisMemory {
  /** `noeviction`, `allkeys-lru`, …: https://redis.io/docs/latest/develop/reference/eviction/ */
  readonly policy: string;
  readonly usedBytes: number;
  /** 0: no limit of its own. */
  readonly limitBytes: number;
}

const deadlineMs = 5_000;

/** Asks once, on a connection of its own. Rejects with `dependency_unavailable` when Redis does not answer. */
export async function readRedisMemory(address: RedisAddress): Promise<RedisMemory> {
  const connection = openRedis(address);
  try {
    // The first failure to connect ends the wait: whoever asks wants to know now.
    await once(connection.redis, 'ready', { signal: AbortSignal.timeout(deadlineMs) });
    // INFO and not CONFIG, which hosted servers refuse.
    const lines = new Map(
      (await connection.redis.info('memory')).split('\r\n').map((line) => {
        const at = line.indexOf(':');
        return [line.slice(0, at), line.slice(at + 1)] as const;
      }),
    );
    return {
      policy: lines.get('maxmemory_policy') ?? 'unknown',
      usedBytes: Number(lines.get('used_memory') ?? 0),
      limitBytes: Number(lines.get('maxmemory') ?? 0),
    };
  } catch (cause) {
    const reason = connection.trouble() ?? messageOf(cause);
    throw new TrunklineError('dependency_unavailable', `Redis does not answer: ${reason}`, { cause });
  } finally {
    await connection.close({ deadlineMs: 1_000 });
  }
}
