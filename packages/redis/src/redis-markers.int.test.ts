import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';

import { markerPrefix } from './done-markers.ts';
import { createRedisMarkers, type MarkersEvent, type RedisMarkers } from './redis-markers.ts';
import { describeDoneMarkers, newIds, newScope } from './testing/describe-done-markers.ts';
import { type OwnRedis, startOwnRedis } from './testing/own-redis.ts';

const sharedUrl = inject('stack').redisUrl;
const poll = { timeout: 60_000, interval: 20 };
/** Where the meaning is the matter and not the time, a busy machine may take its time. */
const patientMs = 5_000;
/** Of a Redis that is frozen: long enough for one that answers, on a machine that is busy. */
const briefMs = 500;
/** 200 calls that wait so long each take 100 s: a fifth of that they stay below only if hardly any of them waits. */
const onceMs = 20_000;
/** Longer than a test may take: who waits for its deadline fails. */
const longDeadlineMs = 600_000;

describeDoneMarkers('Redis', async (options) => {
  const opened = createRedisMarkers({ ...options, url: sharedUrl, timeoutMs: patientMs, onEvent: () => undefined });
  await untilUp(opened);
  return opened;
});

let own: OwnRedis;
let admin: Redis;
let events: MarkersEvent[];
let markers: RedisMarkers;
const scope = newScope();
const ids = newIds(3);

beforeAll(async () => {
  own = await startOwnRedis();
});
afterAll(() => own.close());
beforeEach(async () => {
  admin = new Redis(own.url);
  admin.on('error', () => undefined);
  events = [];
  markers = await openMarkers(patientMs);
});
afterEach(async () => {
  await own.server.thaw();
  await markers.close({ deadlineMs: 1_000 });
  admin.disconnect();
});

async function openMarkers(timeoutMs: number): Promise<RedisMarkers> {
  const opened = createRedisMarkers({
    url: own.url,
    scope,
    onEvent: (event) => events.push(event),
    timeoutMs,
  });
  await untilUp(opened);
  return opened;
}

async function untilUp(asked: RedisMarkers): Promise<void> {
  await vi.waitUntil(() => asked.isUp(), poll);
}

const changes = (): readonly string[] =>
  events.flatMap(({ kind }) => (kind === 'away' || kind === 'back' ? [kind] : []));

async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

describe('the markers in Redis', () => {
  it('live for six hours', async () => {
    await markers.remember(ids.slice(0, 1));

    const ttlMs = await admin.pttl(`${markerPrefix(scope)}${ids[0]}`);

    expect(ttlMs).toBeGreaterThan(5.9 * 3_600_000);
    expect(ttlMs).toBeLessThanOrEqual(6 * 3_600_000);
  });

  it('tell how many events were found done', async () => {
    await markers.remember(ids.slice(0, 1));

    await markers.seen(ids);

    expect(events).toEqual([{ kind: 'answered', done: 1, unknown: 2 }]);
  });

  it('are read for a whole batch by one command', async () => {
    await admin.config('RESETSTAT');

    await markers.seen(newIds(200));

    expect(await admin.info('commandstats')).toContain('cmdstat_mget:calls=1,');
  });

  it('are unknown and nothing more after Redis was flushed', async () => {
    await markers.remember(ids);
    await admin.flushall();

    expect(await markers.seen(ids)).toEqual(new Set());
    expect(changes()).toEqual([]);
  });

  it('are done without while Redis is stopped, which is said once, and are used again after it', async () => {
    await own.server.stop();
    await vi.waitFor(() => expect(markers.isUp()).toBe(false), poll);

    const tookMs = await elapsedMs(async () => {
      for (let batch = 0; batch < 100; batch += 1) {
        await markers.seen(ids);
        await markers.remember(ids);
      }
    });
    const said = changes();
    await own.server.restart();
    await untilUp(markers);
    await markers.remember(ids);

    expect(tookMs).toBeLessThan(onceMs);
    expect(said).toEqual(['away']);
    expect(events).toContainEqual({ kind: 'unanswered', ids: 3 });
    expect(events).toContainEqual({ kind: 'away', reason: expect.stringMatching(/ECONNREFUSED|no connection/) });
    expect(await markers.seen(ids)).toEqual(new Set(ids));
    expect(changes()).toEqual(['away', 'back']);
  });

  it('cost the batches one timeout in all while Redis is frozen, and are used again after it', async () => {
    await markers.remember(ids);
    await markers.close({ deadlineMs: 1_000 });
    markers = await openMarkers(briefMs);
    await own.server.freeze();

    const firstMs = await elapsedMs(() => markers.seen(ids));
    const nextMs = await elapsedMs(async () => {
      for (let batch = 0; batch < 100; batch += 1) {
        await markers.seen(ids);
        await markers.remember(ids);
      }
    });
    const said = changes();
    await own.server.thaw();
    await untilUp(markers);

    expect(firstMs).toBeGreaterThan(0.8 * briefMs);
    expect(firstMs).toBeLessThan(onceMs);
    expect(nextMs).toBeLessThan(onceMs);
    expect(said).toEqual(['away']);
    await vi.waitFor(async () => expect(await markers.seen(ids)).toEqual(new Set(ids)), poll);
  });

  it('are done without while Redis is full', async () => {
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await admin.config('SET', 'maxmemory', '1');
    try {
      await markers.remember(ids);
      const afterwards = await markers.seen(ids);

      expect(afterwards).toEqual(new Set());
      expect(events).toContainEqual({ kind: 'away', reason: expect.stringContaining('OOM') });
      expect(events).toContainEqual({ kind: 'unwritten', ids: 3 });
    } finally {
      await admin.config('SET', 'maxmemory', '128mb');
    }
  });

  it('are closed without waiting for the deadline while Redis is frozen', async () => {
    await markers.close({ deadlineMs: 1_000 });
    markers = await openMarkers(briefMs);
    await own.server.freeze();
    await markers.seen(ids);

    await expect(markers.close({ deadlineMs: longDeadlineMs })).resolves.toBeUndefined();
  });

  it('do not pile up on a connection that stays silent: it is given up', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo; // listens on TCP
    const asking = createRedisMarkers({ url: `redis://127.0.0.1:${port}`, scope, onEvent: () => undefined });

    await vi.waitFor(() => expect(sockets.length).toBeGreaterThan(1), poll);

    await asking.close({ deadlineMs: 1_000 });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it.each([7_935.413, 0.2, 0, -1])('are closed with what is left of a budget: %d ms', async (deadlineMs) => {
    await expect(markers.close({ deadlineMs })).resolves.toBeUndefined();
  });

  it('are closed without waiting for the deadline where there never was a Redis', async () => {
    const nowhere = createRedisMarkers({ url: 'redis://127.0.0.1:1', scope, onEvent: (event) => events.push(event) });

    const seen = await nowhere.seen(ids);
    await nowhere.close({ deadlineMs: longDeadlineMs });

    expect(seen).toEqual(new Set());
  });
});
