import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readRedisMemory } from './redis-memory.ts';
import { type OwnRedis, startOwnRedis } from './testing/own-redis.ts';

let own: OwnRedis;
beforeAll(async () => {
  own = await startOwnRedis();
});
afterAll(() => own.close());

describe('the memory of a Redis', () => {
  it('of the embedded stack is limited, and what is full is refused instead of forgotten', async () => {
    const memory = await readRedisMemory(own.url);

    expect(memory).toEqual({ policy: 'noeviction', usedBytes: expect.any(Number), limitBytes: 128 * 1024 * 1024 });
    expect(memory.usedBytes).toBeGreaterThan(0);
  });

  it('is told with another policy', async () => {
    const admin = new Redis(own.url);
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');

    const { policy } = await readRedisMemory(own.url);

    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    admin.disconnect();
    expect(policy).toBe('allkeys-lru');
  });

  it('cannot be told where there is none', async () => {
    await expect(readRedisMemory('redis://127.0.0.1:1')).rejects.toMatchObject({ code: 'dependency_unavailable' });
  });
});
