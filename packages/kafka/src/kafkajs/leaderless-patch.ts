import { createRequire } from 'node:module';

import { prototypeOf } from './clock-patch.ts';
import type { PatchOutcome } from './timer-patch.ts';

/** Holds the cluster that a consumer asks where to begin. */
export const offsetManagerFile = 'kafkajs/src/consumer/offsetManager/index.js';

const marker = Symbol.for('trunkline.kafkajs.leaderlessPatch');

interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number }[];
}

interface PartitionMetadata {
  readonly partitionId: number;
  readonly leader: number;
}

interface Cluster {
  fetchTopicsOffset(topics: readonly TopicPartitions[]): Promise<readonly TopicPartitions[]>;
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[];
}

/**
 * Where nothing is committed kafkajs 2.2.4 asks the leader of a partition where it begins, and while one has none it reads
 * nothing at all, of no partition. Leaders that there are not are not asked: such a partition stays without an offset, so
 * it is neither fetched nor forgotten, and is asked about again before each fetch.
 */
export function installLeaderlessPatch(): PatchOutcome {
  const prototype = prototypeOf(createRequire(import.meta.url)(offsetManagerFile));
  if (prototype === undefined) return 'other_version';
  if (marker in prototype) return 'already_installed';
  const clusters = new WeakMap<object, Cluster>();
  Object.defineProperty(prototype, 'cluster', {
    configurable: true,
    enumerable: true,
    get(this: object): Cluster | undefined {
      return clusters.get(this);
    },
    set(this: object, cluster: Cluster) {
      clusters.set(this, askingLeadersOnly(cluster));
    },
  });
  Object.defineProperty(prototype, marker, { value: true });
  return 'installed';
}

/** The same cluster for everything else. */
function askingLeadersOnly(cluster: Cluster): Cluster {
  const fetchTopicsOffset: Cluster['fetchTopicsOffset'] = async (topics) => {
    const asked = topics.map((topic) => ({ ...topic, partitions: topic.partitions.filter(hasLeader(cluster, topic)) }));
    const answered = await cluster.fetchTopicsOffset(asked.filter(({ partitions }) => partitions.length > 0));
    // kafkajs looks up each topic it asked for.
    return asked.map(({ topic }) => answered.find((answer) => answer.topic === topic) ?? { topic, partitions: [] });
  };
  // It has everything of the cluster that it is made from.
  return Object.create(cluster, { fetchTopicsOffset: { value: fetchTopicsOffset } }) as Cluster;
}

function hasLeader(cluster: Cluster, { topic }: TopicPartitions): (asked: { readonly partition: number }) => boolean {
  const leaders = new Map(
    cluster.findTopicPartitionMetadata(topic).map(({ partitionId, leader }) => [partitionId, leader]),
  );
  // Minus one: none. A partition that kafkajs knows nothing of is its own to complain about.
  return ({ partition }) => (leaders.get(partition) ?? 0) >= 0;
}
