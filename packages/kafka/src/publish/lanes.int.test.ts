import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Stack, startStack } from '@trunkline/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { partitionOf } from '../kafkajs/murmur2.ts';
import type { Publisher } from '../ports.ts';
import { codeOf } from '../testing/batches.ts';
import { openTestBroker, readAll, type TestBroker, topicSpec, until } from '../testing/broker.ts';
import { type PumpHarness, startPump, stopPumps } from '../testing/pump-harness.ts';
import { recordOf } from '../testing/records.ts';
import { createPublisher } from './publisher.ts';

// Two brokers of its own, because one is killed and frozen. With the download, minutes; usually 8 s.
const startLimitMs = 300_000;
const limitMs = 300_000;
/** While it lasts a broker starts again: a JVM, on a machine that is busy. */
const patience = { deadlineMs: 240_000 };

let folder: string;
let stack: Stack;
let broker: TestBroker;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-lanes-'));
  stack = await startStack({ dataDir: join(folder, 'data'), parts: ['kafka'], brokers: 2 });
  broker = await openTestBroker(stack.endpoints.kafkaBrokers);
}, startLimitMs);

afterAll(async () => {
  await stopPumps();
  await broker.close();
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
}, limitMs);

/** A topic of three partitions, the last on the second broker, and a record in each. */
async function createSplitTopic(topic: string): Promise<void> {
  await broker.admin.apply([{ ...topicSpec(topic, { partitions: 3 }), replicas: [[1], [1], [2]] }]);
  for (const key of [...living, dead]) await publishFirst(topic, key);
}

/** To a topic that has just been created, of which each broker hears in its own time. */
async function publishFirst(topic: string, key: string, value = key): Promise<void> {
  const { publisher } = broker;
  const isKnown = (): Promise<boolean> =>
    publisher.publish([recordOf(topic, key, value)], patience).then(
      () => true,
      () => false,
    );
  await until(isKnown, 'the brokers know the topic');
}

/** The first key of this form that is on the partition. */
function keyOn(partition: number, partitions: number): string {
  for (let number = 0; ; number += 1) {
    const key = `key${number}`;
    if (partitionOf(Buffer.from(key), partitions) === partition) return key;
  }
}

const living = [keyOn(0, 3), keyOn(1, 3)];
const dead = keyOn(2, 3);

/** Where the coordinator of the group was on the broker that died, what was not committed is read a second time. */
function distinct({ seen }: PumpHarness): number {
  return new Set(seen.map(({ partition, offset }) => `${partition}:${offset}`)).size;
}

/** How long the slowest of some records to living partitions took to be acknowledged. */
async function slowestMs(publisher: Publisher, topic: string): Promise<number> {
  let slowest = 0;
  for (let round = 0; round < 50; round += 1) {
    const startedAtMs = performance.now();
    await Promise.all(living.map((key) => publisher.publish([recordOf(topic, key)], patience)));
    slowest = Math.max(slowest, performance.now() - startedAtMs);
  }
  return slowest;
}

describe('a publisher to a partition without a leader', () => {
  it(
    'delays its records only, and publishes them when it has one again',
    async () => {
      const topic = 'without-leader.v1';
      await createSplitTopic(topic);
      const { publisher } = broker;
      const pump = await startPump(broker, { groupId: 'without-leader', topics: [topic] });
      await until(() => distinct(pump) === 3, 'the pump has read what was there');
      await stack.broker(2).kill('SIGKILL');

      const waits = Promise.all(['1', '2'].map((value) => publisher.publish([recordOf(topic, dead, value)], patience)));
      const gaveUp = codeOf(publisher.publish([recordOf(topic, dead, 'late')], { deadlineMs: 4_000 }));
      const slowest = await slowestMs(publisher, topic);
      // They have to find their partitions while one has no leader.
      const newcomer = await createPublisher(broker.connection);
      const newGroup = await startPump(broker, { groupId: 'newcomer', topics: [topic] });
      expect(await gaveUp).toBe('publish_unavailable');
      await slowestMs(newcomer, topic);
      const state = publisher.state();
      await until(() => distinct(pump) === 203, 'the pump has read what the living partitions have');
      await until(() => distinct(newGroup) === 202, 'a new group has read what the living partitions have');
      await stack.broker(2).restart();
      await waits;
      await newcomer.publish([recordOf(topic, dead, '3')], patience);

      // Far less than the records took that waited for their leader all the time.
      expect(slowest).toBeLessThan(patience.deadlineMs / 4);
      expect(state).toBe('ready');
      const values = (await readAll(broker, topic))
        .filter(({ key }) => String(key) === dead)
        .map(({ value }) => String(value));
      expect(values.filter((value) => value !== 'late')).toEqual([dead, '1', '2', '3']);
      for (const group of [pump, newGroup])
        await until(() => distinct(group) === 202 + values.length, 'both groups have read what came afterwards');
      expect([pump.fatal, newGroup.fatal]).toEqual([[], []]);
      await newcomer.close({ deadlineMs: 1_000 });
    },
    limitMs,
  );
});

describe('a publisher to two brokers of which one is frozen', () => {
  it(
    'goes on with the other',
    async () => {
      const topic = 'frozen.v1';
      await createSplitTopic(topic);
      await stack.broker(2).freeze();

      const waits = broker.publisher.publish([recordOf(topic, dead, 'later')], patience);
      const gaveUp = codeOf(broker.publisher.publish([recordOf(topic, dead)], { deadlineMs: 3_000 }));
      const slowest = await slowestMs(broker.publisher, topic);
      expect(await gaveUp).toBe('publish_unavailable');
      await stack.broker(2).thaw();
      await waits;

      expect(slowest).toBeLessThan(patience.deadlineMs / 4);
    },
    limitMs,
  );
});

describe('a publisher to a partition that moves to another broker', () => {
  it(
    'keeps the order of its keys and loses none',
    async () => {
      const topic = 'moves.v1';
      await broker.admin.apply([{ ...topicSpec(topic), replicas: [[2, 1]] }]);
      const numbers = Array.from({ length: 300 }, (_, number) => String(number));
      await publishFirst(topic, 'key', 'first');

      for (let from = 0; from < numbers.length; from += 10) {
        const published = numbers
          .slice(from, from + 10)
          .map((value) => broker.publisher.publish([recordOf(topic, 'key', value)], patience));
        if (from === 100) await stack.broker(2).kill('SIGKILL');
        await Promise.all(published);
      }
      await stack.broker(2).restart();

      const values = (await readAll(broker, topic)).map(({ value }) => String(value));
      // A batch may be stored twice, as a whole and at once.
      expect([...new Set(values)]).toEqual(['first', ...numbers]);
    },
    limitMs,
  );
});
