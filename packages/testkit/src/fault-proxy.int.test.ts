import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '@trunkline/installation';
import { until } from '@trunkline/installation';
import {
  createKafkaConnection,
  createPublisher,
  createTopicAdmin,
  type KafkaConnection,
  type OutgoingRecord,
  type Publisher,
  readRecords,
} from '@trunkline/kafka';
import { type Stack, startStack } from '@trunkline/stack';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type FaultProxy, isProduceRequest, startFaultProxy } from './fault-proxy.ts';

// Its own broker, because only that one leads its clients through a proxy. With the download, minutes; usually 5 s.
const startLimitMs = 300_000;
const limitMs = 120_000;
const topic = 'proxied.v1';

let folder: string;
let stack: Stack;
let proxy: FaultProxy;
let connection: KafkaConnection;
let publisher: Publisher;
let failures: number;
let round = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-proxy-'));
  const [port = 0] = await freePorts(1);
  stack = await startStack({ dataDir: join(folder, 'data'), parts: ['kafka'], kafkaProxyPort: port });
  proxy = await startFaultProxy({ upstream: stack.endpoints.kafkaProxyUpstream ?? '', port, seed: 1 });
}, startLimitMs);

beforeEach(async () => {
  round += 1;
  connection = createKafkaConnection({
    brokers: [proxy.address],
    clientId: 'test',
    namespace: `round${round}.`,
    log: () => undefined,
  });
  const admin = createTopicAdmin(connection);
  await admin.apply([{ topic, partitions: 1, replicationFactor: 1, config: {} }]);
  await admin.close();
  failures = 0;
  publisher = await createPublisher(connection, {
    onEvent: ({ kind }) => {
      if (kind === 'failed') failures += 1;
    },
  });
  await publish('first');
}, limitMs);

afterEach(async () => {
  await proxy.inflict(undefined);
  await publisher.close({ deadlineMs: 1_000 });
});

afterAll(async () => {
  await proxy.close();
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
}, startLimitMs);

describe('a publisher that never hears of an acknowledgement', () => {
  it('stores every record once as long as it can ask again', { timeout: limitMs }, async () => {
    const keys: string[] = [];
    for (let n = 0; n < 10; n += 1) {
      proxy.loseAnswers(1, isProduceRequest);
      const batch = [`a${n}`, `b${n}`, `c${n}`];
      keys.push(...batch);

      await Promise.all(batch.map((key) => publish(key)));
    }

    expect(await storedKeys()).toEqual(['first', ...keys]);
    expect(proxy.counts().answersLost).toBeGreaterThanOrEqual(10);
    expect(failures).toBe(0);
  });

  it(
    'loses none when it cannot even ask again, though the record may be stored twice',
    { timeout: limitMs },
    async () => {
      const before = proxy.counts().answersLost;
      proxy.loseAnswers(1, isProduceRequest);

      const published = publish('unheard of', 50_000);
      await until('the lost answer', () => proxy.counts().answersLost > before, { everyMs: 1 });
      await proxy.inflict({ kind: 'refuse' });
      await until('the send given up', () => failures > 0, { deadlineMs: 30_000 });
      await proxy.inflict(undefined);
      await published;
      for (const key of ['next', 'last']) await publish(key);

      // Two copies of the same record, with the same ce_id in the product: what subscribers are told to expect.
      expect(await storedKeys()).toEqual(['first', 'unheard of', 'unheard of', 'next', 'last']);
    },
  );
});

describe('a publisher whose caller has gone before it knew', () => {
  it('does not let the broker take the next record for that one', { timeout: limitMs }, async () => {
    const before = proxy.counts().answersLost;
    proxy.loseAnswers(1, isProduceRequest);
    // Less than the repetitions inside the send take, so that nobody asks for the record to be sent again.
    const published = Promise.allSettled([publish('unheard of', 100)]);
    await until('the lost answer', () => proxy.counts().answersLost > before, { everyMs: 1 });
    await proxy.inflict({ kind: 'refuse' });

    const [outcome] = await published;
    await until('the send given up', () => failures > 0, { deadlineMs: 30_000 });
    await proxy.inflict(undefined);
    await publish('next');

    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'publish_unavailable' } });
    // By the same producer it would have the sequence number of the other: acknowledged, and never stored.
    expect(await storedKeys()).toEqual(['first', 'unheard of', 'next']);
  });
});

describe('a publisher whose connection falls silent', () => {
  it(
    'goes on over a new one long before its deadline, and stores every record once',
    { timeout: limitMs },
    async () => {
      await proxy.inflict({ kind: 'half_open' });
      const published = publish('silent', 50_000);
      const startedAt = performance.now();
      await proxy.inflict(undefined);

      await published;
      await publish('next');

      // The producer waits 5 s for an answer, which a slow broker may well take; the rest is for a busy machine.
      expect(performance.now() - startedAt).toBeLessThan(25_000);
      expect(await storedKeys()).toEqual(['first', 'silent', 'next']);
      expect(failures).toBe(0);
    },
  );
});

async function publish(key: string, deadlineMs = 60_000): Promise<void> {
  await publisher.publish([recordOf(key)], { deadlineMs });
}

function recordOf(key: string): OutgoingRecord {
  return { topic, key: Buffer.from(key), value: Buffer.from(key), headers: {} };
}

/** Of everything on the topic, in order. */
async function storedKeys(): Promise<readonly string[]> {
  const keys: string[] = [];
  const signal = AbortSignal.timeout(60_000);
  for await (const { key } of readRecords(connection, { topic, limit: 1_000, signal })) keys.push(String(key));
  return keys;
}
