import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, type Stack, startStack } from '@trunkline/stack';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { openTestBroker, readAll, type TestBroker, until } from '../testing/broker.ts';
import { type LossyProxy, startLossyProxy } from '../testing/lossy-proxy.ts';
import { lagOf, startPump, stopPumps } from '../testing/pump-harness.ts';
import { recordOf } from '../testing/records.ts';
import { createPublisher } from './publisher.ts';

// Its own broker, because it is frozen and killed. With the download, minutes; usually 5 s.
const startLimitMs = 300_000;
const limitMs = 300_000;

let folder: string;
let stack: Stack;
let broker: TestBroker;
let proxy: LossyProxy;
let kafkaProxyPort: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-kafka-'));
  kafkaProxyPort = await freePort();
  stack = await startStack({ dataDir: join(folder, 'data'), parts: ['kafka'], kafkaProxyPort });
  proxy = await startLossyProxy(kafkaProxyPort, stack.endpoints.kafkaProxyUpstream ?? '');
  broker = await openTestBroker(stack.endpoints.kafkaBrokers);
}, startLimitMs);

afterEach(stopPumps);

afterAll(async () => {
  await broker.close();
  await proxy.close();
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
}, limitMs);

describe('a publisher whose broker is frozen', () => {
  it('rejects within the deadline and publishes again when the broker goes on', { timeout: limitMs }, async () => {
    await broker.createTopic('frozen.v1');
    await broker.publisher.publish([recordOf('frozen.v1', 'before')], { deadlineMs: 60_000 });
    await stack.part('kafka').freeze();

    const sentAtMs = performance.now();
    let patientIsAnswered = false;
    const patient = broker.publisher
      .publish([recordOf('frozen.v1', 'patient')], { deadlineMs: 60_000 })
      .finally(() => (patientIsAnswered = true));
    const published = broker.publisher.publish([recordOf('frozen.v1', 'during')], { deadlineMs: 700 });
    await expect(published).rejects.toMatchObject({ code: 'publish_unavailable' });
    const waitedMs = performance.now() - sentAtMs;
    const wasFirst = !patientIsAnswered;
    await stack.part('kafka').thaw();
    await patient;
    await broker.publisher.publish([recordOf('frozen.v1', 'after')], { deadlineMs: 60_000 });

    expect(waitedMs).toBeGreaterThan(650);
    // By its own deadline, and not by the end of a request that both share.
    expect(wasFirst).toBe(true);
    const keys = (await readAll(broker, 'frozen.v1')).map(({ key }) => String(key));
    // A rejected record may still arrive, once.
    expect(keys.filter((key) => key !== 'during')).toEqual(['before', 'patient', 'after']);
    expect(keys.length).toBeLessThanOrEqual(4);
  });
});

describe('a publisher whose broker is away', () => {
  it(
    'refuses above its limit, builds no memory, and publishes when the broker is back',
    { timeout: limitMs },
    async () => {
      await broker.createTopic('away.v1');
      const publisher = await createPublisher(broker.connection, { limits: { maxWaitingBytes: 1_000_000 } });
      await publisher.publish([recordOf('away.v1', 'before')], { deadlineMs: 60_000 });
      await stack.part('kafka').kill('SIGKILL');

      const codes = new Map<string, number>();
      let mostWaitingBytes = 0;
      for (let round = 0; round < 10; round += 1) {
        const results = await Promise.allSettled(
          Array.from({ length: 1_500 }, () =>
            publisher.publish([recordOf('away.v1', 'during', Buffer.alloc(1_000))], { deadlineMs: 100 }),
          ),
        );
        mostWaitingBytes = Math.max(mostWaitingBytes, publisher.waitingBytes());
        for (const result of results) {
          const code =
            result.status === 'rejected' ? String((result.reason as { code?: unknown }).code) : result.status;
          codes.set(code, (codes.get(code) ?? 0) + 1);
        }
      }
      await until(() => publisher.state() === 'failing', 'it says that it fails');
      await stack.part('kafka').restart();
      await publisher.publish([recordOf('away.v1', 'after')], { deadlineMs: 60_000 });

      expect([...codes.keys()].sort()).toEqual(['overloaded', 'publish_unavailable']);
      expect(codes.get('publish_unavailable')).toBeGreaterThan(1_000);
      // Only the one batch that is on its way may outlive its callers.
      expect(mostWaitingBytes).toBeLessThanOrEqual(1_000_000);
      expect(publisher.state()).toBe('ready');
      expect(publisher.waitingBytes()).toBe(0);
      await publisher.close({ deadlineMs: 1_000 });
    },
  );

  it('is created all the same, says that it fails, and waits for the broker', { timeout: limitMs }, async () => {
    await broker.createTopic('late.v1');
    await stack.part('kafka').stop();

    const publisher = await createPublisher(broker.connection);
    const state = publisher.state();
    const published = publisher.publish([recordOf('late.v1', 'early')], { deadlineMs: 240_000 });
    await stack.part('kafka').restart();
    await published;

    expect(state).toBe('failing');
    expect((await readAll(broker, 'late.v1')).map(({ key }) => String(key))).toEqual(['early']);
    await publisher.close({ deadlineMs: 1_000 });
  });
});

describe('a publisher that loses an acknowledgement', () => {
  it('neither loses nor doubles the record, nor the one after it', { timeout: limitMs }, async () => {
    const behindProxy = await openTestBroker(`127.0.0.1:${kafkaProxyPort}`);
    await behindProxy.createTopic('lost.v1');
    await behindProxy.publisher.publish([recordOf('lost.v1', 'r0')], { deadlineMs: 60_000 });

    const expected = ['r0'];
    for (let round = 1; round <= 10; round += 1) {
      if (round % 2 === 1) proxy.loseNextAnswer();
      await behindProxy.publisher.publish([recordOf('lost.v1', `r${round}`)], { deadlineMs: 60_000 });
      expected.push(`r${round}`);
    }

    expect(proxy.lost()).toBe(5);
    expect((await readAll(behindProxy, 'lost.v1')).map(({ key }) => String(key))).toEqual(expected);
    await behindProxy.close();
  });
});

describe('a pump whose broker is away', () => {
  it('goes on by itself when the broker is back, and loses nothing', { timeout: limitMs }, async () => {
    await broker.createTopic('pumped.v1', { partitions: 2 });
    await broker.publisher.publish([recordOf('pumped.v1', 'k0'), recordOf('pumped.v1', 'k3')], { deadlineMs: 60_000 });
    const { pump, seen, fatal } = await startPump(broker, { groupId: 'pumped', topics: ['pumped.v1'] });
    await until(() => seen.length === 2, 'the first records');

    await stack.part('kafka').kill('SIGKILL');
    await stack.part('kafka').restart();
    await broker.publisher.publish([recordOf('pumped.v1', 'k0'), recordOf('pumped.v1', 'k3')], { deadlineMs: 60_000 });
    const places = (): Set<string> => new Set(seen.map(({ partition, offset }) => `${partition}@${offset}`));
    await until(() => places().size === 4, 'all records', 60_000);
    await pump.idle();

    expect([...places()].sort()).toEqual(['0@0', '0@1', '1@0', '1@1']);
    expect(await lagOf(broker, 'pumped', 'pumped.v1')).toBe(0n);
    expect(fatal).toEqual([]);
  });

  it('goes on by itself when no broker could name its coordinator for a while', { timeout: limitMs }, async () => {
    const behindProxy = await openTestBroker(`127.0.0.1:${kafkaProxyPort}`);
    await behindProxy.createTopic('coordinated.v1');
    const { seen, fatal } = await startPump(behindProxy, { groupId: 'coordinated', topics: ['coordinated.v1'] });
    await behindProxy.publisher.publish([recordOf('coordinated.v1', 'before')], { deadlineMs: 60_000 });
    await until(() => seen.length === 1, 'the first record');

    proxy.hideCoordinator(true);
    await until(() => proxy.askedInVain() >= 3 || fatal.length > 0, 'vain questions for the coordinator', 30_000);
    proxy.hideCoordinator(false);
    await behindProxy.publisher.publish([recordOf('coordinated.v1', 'after')], { deadlineMs: 60_000 });
    await until(() => seen.some(({ key }) => String(key) === 'after'), 'the record after it', 30_000);

    expect(fatal).toEqual([]);
    await stopPumps();
    await behindProxy.close();
  });
});
