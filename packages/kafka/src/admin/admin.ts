import { setTimeout as delay } from 'node:timers/promises';

import { TrunklineError, withinMs } from '@trunkline/core';
import type { Admin } from 'kafkajs';

import type { KafkaConnection } from '../kafkajs/connection.ts';
import { brokerUnavailable, protocolErrorType, topicMissing } from '../kafkajs/kafka-errors.ts';
import { kafkajs } from '../kafkajs/library.ts';
import { whileLeadersMove } from './leader-moves.ts';
import { whileNoBroker } from './no-broker.ts';
import { type ActualTopic, diffTopics, type TopicDiff } from './topic-diff.ts';
import type { TopicPlan, TopicSpec } from './topics.ts';

export type { ActualTopic, TopicDiff } from './topic-diff.ts';

export interface PartitionOffsets {
  readonly partition: number;
  /** The first offset that is still there. */
  readonly low: bigint;
  /** The offset the next record will get. */
  readonly high: bigint;
}

export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Undefined where the group has never committed. */
  readonly committed: bigint | undefined;
  readonly high: bigint;
  /** Records the group has not finished. */
  readonly lag: bigint;
}

export interface PartitionReplicas {
  /** A broker's id; undefined while the partition has none. */
  readonly leader: number | undefined;
  readonly inSync: readonly number[];
}

/** Topics, offsets and groups. Every call rejects with `dependency_unavailable` when the broker does not answer in time. */
export interface TopicAdmin {
  /** How the broker differs from the plan; empty when it does not. */
  plan(desired: TopicPlan): Promise<TopicDiff[]>;
  /** Creates what is missing, corrects configuration; returns what is left, which it must not repair. */
  apply(desired: TopicPlan): Promise<TopicDiff[]>;
  /** The effective configuration of a topic; undefined when there is no such topic. */
  describe(topic: string): Promise<ActualTopic | undefined>;
  /** Rejects with `config_invalid` when there is no such topic. */
  offsets(topic: string): Promise<PartitionOffsets[]>;
  /** Of each partition the first offset appended at or after the time; its end when there is none. */
  offsetsByTimestamp(
    topic: string,
    timestampMs: number,
  ): Promise<{ readonly partition: number; readonly offset: bigint }[]>;
  /** Of the named topics, or of all the group has committed to. */
  groupLag(group: string, topics?: readonly string[]): Promise<PartitionLag[]>;
  /**
   * Forgets where a group is, so that it begins anew; one that is not there is forgotten. Rejects with `config_invalid` while
   * it has members.
   */
  forgetGroup(group: string): Promise<void>;
  /** How many brokers the cluster has. */
  brokers(): Promise<number>;
  /** Who has the partitions of a topic, by their numbers. */
  replicas(topic: string): Promise<PartitionReplicas[]>;
  close(): Promise<void>;
}

const requestTimeoutMs = 10_000;
const callTimeoutMs = 30_000;
/** All topics of an installation on a busy broker: hundreds of partitions, each with files of its own. */
const newTopicsTimeoutMs = 45_000;
const applyTimeoutMs = 90_000;
const topicPollMs = 50;

/** Creates an admin that connects at its first call and stays connected until it is closed. */
export function createTopicAdmin(connection: KafkaConnection): TopicAdmin {
  const client = connection.open({
    requestTimeoutMs,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
  const admin = client.kafka.admin();
  let connected: Promise<void> | undefined;

  /** Connects if need be, bounds the wait and names what failed. */
  async function call<T>(what: string, work: () => Promise<T>, timeoutMs = callTimeoutMs): Promise<T> {
    try {
      connected ??= withinMs(admin.connect(), callTimeoutMs, 'connecting to Kafka');
      await connected;
      return await withinMs(work(), timeoutMs, what);
    } catch (error) {
      // A failed connection is not remembered: the next call tries again.
      if (connected !== undefined) await connected.catch(() => (connected = undefined));
      throw brokerUnavailable(what, error);
    }
  }

  async function apply(desired: TopicPlan): Promise<TopicDiff[]> {
    const diffs = diffTopics(
      desired,
      await readTopics(
        admin,
        connection,
        desired.map(({ topic }) => topic),
      ),
    );
    const missing = desired.filter(({ topic }) =>
      diffs.some((diff) => diff.kind === 'missing' && diff.topic === topic),
    );
    const wrong = desired.filter(({ topic }) =>
      diffs.some((diff) => diff.kind === 'wrong_config' && diff.topic === topic),
    );
    if (missing.length > 0) await createTopics(admin, connection, missing);
    if (wrong.length > 0) await correctConfig(admin, connection, wrong);
    return diffs.filter(({ kind }) => kind === 'wrong_partitions');
  }

  return {
    plan: (desired) =>
      call('comparing topics', async () =>
        diffTopics(
          desired,
          await readTopics(
            admin,
            connection,
            desired.map(({ topic }) => topic),
          ),
        ),
      ),
    apply: (desired) => call('applying topics', () => whileNoBroker(() => apply(desired)), applyTimeoutMs),
    describe: (topic) =>
      call(`describing ${topic}`, async () => (await readTopics(admin, connection, [topic])).get(topic)),
    offsets: (topic) => call(`reading the offsets of ${topic}`, () => readOffsets(admin, connection, topic)),
    offsetsByTimestamp: (topic, timestampMs) =>
      call(`reading the offsets of ${topic}`, () =>
        readOffsetsByTimestamp(admin, connection.onWire(topic), timestampMs),
      ),
    groupLag: (group, topics) =>
      call(`reading the lag of ${group}`, () => readLag(admin, connection, { group, topics })),
    forgetGroup: (group) => call(`forgetting ${group}`, () => forgetGroup(admin, connection, group)),
    brokers: () => call('counting brokers', async () => (await admin.describeCluster()).brokers.length),
    replicas: (topic) => call(`reading the replicas of ${topic}`, () => readReplicas(admin, connection.onWire(topic))),
    close: async () => {
      await withinMs(admin.disconnect(), 1_000, 'disconnecting from Kafka').catch(() => undefined);
      client.destroySockets();
    },
  };
}

async function forgetGroup(admin: Admin, connection: KafkaConnection, group: string): Promise<void> {
  try {
    await admin.deleteGroups([connection.onWire(group)]);
  } catch (error) {
    const type = refusalOfGroup(error);
    if (type === 'GROUP_ID_NOT_FOUND') return;
    if (type !== 'NON_EMPTY_GROUP') throw error;
    throw new TrunklineError(
      'config_invalid',
      `the group ${group} has members: stop the processes that read it first`,
      {
        cause: error,
      },
    );
  }
}

/** kafkajs tells of several groups at once, in an error with `groups`. */
function refusalOfGroup(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('groups' in thrown) || !Array.isArray(thrown.groups))
    return protocolErrorType(thrown);
  const first: unknown = thrown.groups[0];
  return typeof first === 'object' && first !== null && 'error' in first ? protocolErrorType(first.error) : undefined;
}

async function readTopics(
  admin: Admin,
  connection: KafkaConnection,
  topics: readonly string[],
): Promise<Map<string, ActualTopic>> {
  const wanted = new Map(topics.map((topic) => [connection.onWire(topic), topic]));
  const existing = (await admin.listTopics()).filter((name) => wanted.has(name));
  if (existing.length === 0) return new Map();
  const [{ topics: metadata }, { resources }] = await Promise.all([
    admin.fetchTopicMetadata({ topics: existing }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: existing.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    }),
  ]);
  const configs = new Map(resources.map(({ resourceName, configEntries }) => [resourceName, configEntries]));
  return new Map(
    metadata.map(({ name, partitions }) => {
      const config = Object.fromEntries(
        (configs.get(name) ?? []).map(({ configName, configValue }) => [configName, configValue]),
      );
      return [connection.logical(name), { partitions: partitions.length, config }];
    }),
  );
}

async function createTopics(admin: Admin, connection: KafkaConnection, specs: readonly TopicSpec[]): Promise<void> {
  await admin.createTopics({
    // kafkajs's own wait fails at the first broker that has not heard of the topic yet.
    waitForLeaders: false,
    timeout: requestTimeoutMs,
    topics: specs.map(({ topic, partitions, replicationFactor, replicas, config }) => ({
      topic: connection.onWire(topic),
      ...(replicas === undefined
        ? { numPartitions: partitions, replicationFactor }
        : { replicaAssignment: replicas.map((brokers, partition) => ({ partition, replicas: [...brokers] })) }),
      configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
    })),
  });
  await topicsKnown(
    admin,
    specs.map(({ topic }) => connection.onWire(topic)),
  );
}

/** Waits until the broker that answers has heard of the new topics and each partition has a leader. */
async function topicsKnown(admin: Admin, wireTopics: string[]): Promise<void> {
  const end = performance.now() + newTopicsTimeoutMs;
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: wireTopics });
      if (topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)))
        return;
    } catch (error) {
      const type = protocolErrorType(error);
      const isOnItsWay = type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'LEADER_NOT_AVAILABLE';
      if (!isOnItsWay || performance.now() > end) throw error;
    }
    if (performance.now() > end) {
      throw new TrunklineError(
        'dependency_unavailable',
        `the new topics have no leaders after ${newTopicsTimeoutMs} ms`,
      );
    }
    await delay(topicPollMs);
  }
}

/** kafkajs speaks the request that replaces a topic's whole configuration, so what others have set there is sent along. */
async function correctConfig(admin: Admin, connection: KafkaConnection, specs: readonly TopicSpec[]): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: specs.map(({ topic }) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name: connection.onWire(topic) })),
  });
  await admin.alterConfigs({
    validateOnly: false,
    resources: specs.map(({ topic, config }) => {
      const name = connection.onWire(topic);
      const merged = new Map<string, string>();
      for (const entry of resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? []) {
        if (entry.configSource === kafkajs.ConfigSource.TOPIC_CONFIG) merged.set(entry.configName, entry.configValue);
      }
      for (const [key, value] of Object.entries(config)) merged.set(key, value);
      return {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configEntries: [...merged].map(([key, value]) => ({ name: key, value })),
      };
    }),
  });
}

async function readOffsets(admin: Admin, connection: KafkaConnection, topic: string): Promise<PartitionOffsets[]> {
  try {
    const partitions = await whileLeadersMove(() => admin.fetchTopicOffsets(connection.onWire(topic)));
    return partitions
      .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
      .sort((a, b) => a.partition - b.partition);
  } catch (error) {
    if (protocolErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION') throw topicMissing([topic]);
    throw error;
  }
}

async function readReplicas(admin: Admin, wireTopic: string): Promise<PartitionReplicas[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [wireTopic] });
  return topics
    .flatMap(({ partitions }) => partitions)
    .sort((a, b) => a.partitionId - b.partitionId)
    .map(({ leader, isr }) => ({ leader: leader < 0 ? undefined : leader, inSync: isr }));
}

async function readOffsetsByTimestamp(
  admin: Admin,
  wireTopic: string,
  timestampMs: number,
): Promise<{ partition: number; offset: bigint }[]> {
  const partitions = await whileLeadersMove(() => admin.fetchTopicOffsetsByTimestamp(wireTopic, timestampMs));
  return partitions
    .map(({ partition, offset }) => ({ partition, offset: BigInt(offset) }))
    .sort((a, b) => a.partition - b.partition);
}

interface LagQuestion {
  readonly group: string;
  readonly topics: readonly string[] | undefined;
}

async function readLag(
  admin: Admin,
  connection: KafkaConnection,
  { group, topics }: LagQuestion,
): Promise<PartitionLag[]> {
  const committed = await whileLeadersMove(() =>
    admin.fetchOffsets({
      groupId: connection.onWire(group),
      ...(topics === undefined ? {} : { topics: topics.map((topic) => connection.onWire(topic)) }),
    }),
  );
  const lags: PartitionLag[] = [];
  for (const { topic: wireTopic, partitions } of committed) {
    const topic = connection.logical(wireTopic);
    const ends = await readOffsets(admin, connection, topic);
    for (const { partition, low, high } of ends) {
      const found = partitions.find((entry) => entry.partition === partition);
      // -1: nothing committed, so the group begins at the first record.
      const offset = found === undefined || found.offset === '-1' ? undefined : BigInt(found.offset);
      lags.push({ topic, partition, committed: offset, high, lag: high - (offset ?? low) });
    }
  }
  return lags;
}
