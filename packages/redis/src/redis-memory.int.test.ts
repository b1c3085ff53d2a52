import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createAuthority } from '@trunkline/stack';
import { startTlsFront } from '@trunkline/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { readRedisMemory } from './redis-memory.ts';
import { type OwnRedis, startOwnRedis } from './testing/own-redis.ts';

let own: OwnRedis;
beforeAll(async () => {
  own = await startOwnRedis();
});
afterAll(() => own.close());

describe('the memory of a Redis', () => {
  it('of the embedded stack is limited, and what is full is refused instead of forgotten', async () => {
    const memory = await readRedisMemory({ url: own.url });

    expect(memory).toEqual({ policy: 'noeviction', usedBytes: expect.any(Number), limitBytes: 128 * 1024 * 1024 });
    expect(memory.usedBytes).toBeGreaterThan(0);
  });

  it('is told with another policy', async () => {
    const admin = new Redis(own.url);
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');

    const { policy } = await readRedisMemory({ url: own.url });

    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    admin.disconnect();
    expect(policy).toBe('allkeys-lru');
  });

  it('cannot be told where there is none', async () => {
    await expect(readRedisMemory({ url: 'redis://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'dependency_unavailable',
    });
  });
});

describe('a Redis behind TLS', () => {
  it('is believed by the authority of the file, and by no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-redis-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const caFile = join(folder, 'ca.crt');
    const { host, password } = new URL(own.url);
    const authority = createAuthority('test');
    writeFileSync(caFile, authority.certificate);
    const front = await startTlsFront({ upstream: host, certificate: authority.issue('redis', ['127.0.0.1']) });
    onTestFinished(() => front.close());
    const url = `rediss://:${password}@127.0.0.1:${front.port}`;

    const { policy } = await readRedisMemory({ url, caFile });

    expect(policy).toBe('noeviction');
    await expect(readRedisMemory({ url })).rejects.toThrow('certificate');
  });
});
