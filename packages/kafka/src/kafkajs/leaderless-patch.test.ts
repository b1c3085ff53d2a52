import { createRequire } from 'node:module';

import { describe, expect, it } from 'vitest';

import { installLeaderlessPatch, offsetManagerFile } from './leaderless-patch.ts';

const load = createRequire(import.meta.url);
const topics = ['led.v1', 'half.v1', 'leaderless.v1'];
const leadersOf: Readonly<Record<string, readonly number[]>> = {
  'led.v1': [1, 2],
  'half.v1': [1, -1],
  'leaderless.v1': [-1],
};

installLeaderlessPatch();

/** What kafkajs gives its cluster for a partition without a leader: a broker that nobody finds. */
function cluster(asked: unknown[]): object {
  return {
    findTopicPartitionMetadata: (topic: string) =>
      leadersOf[topic]?.map((leader, partitionId) => ({ partitionId, leader })),
    committedOffsets: () => Object.fromEntries(topics.map((topic) => [topic, {}])),
    fetchTopicsOffset: (of: readonly { topic: string; partitions: readonly { partition: number }[] }[]) => {
      asked.push(...of.map(({ topic, partitions }) => [topic, ...partitions.map(({ partition }) => partition)]));
      return Promise.resolve(
        of.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition }) => ({ partition, offset: '7' })),
        })),
      );
    },
  };
}

interface OffsetManager {
  resolveOffsets(): Promise<void>;
  committedOffsets(): unknown;
}

describe('the kafkajs leaderless patch', () => {
  it('is installed once', () => {
    expect(installLeaderlessPatch()).toBe('already_installed');
  });

  it('lets a group begin where there are leaders, and asks no others', async () => {
    const asked: unknown[] = [];
    const memberAssignment = Object.fromEntries(
      topics.map((topic) => [topic, Object.keys(leadersOf[topic] ?? []).map(Number)]),
    );
    const coordinator = {
      isConnected: () => true,
      offsetFetch: (question: { topics: readonly { topic: string; partitions: readonly object[] }[] }) =>
        Promise.resolve({
          responses: question.topics.map(({ topic, partitions }) => ({
            topic,
            partitions: partitions.map((partition) => ({ ...partition, offset: '-1' })),
          })),
        }),
    };
    // Internal to kafkajs, so there are no types for it.
    const Manager = load(offsetManagerFile) as new (options: object) => OffsetManager;
    const manager = new Manager({
      cluster: cluster(asked),
      coordinator,
      memberAssignment,
      topicConfigurations: Object.fromEntries(topics.map((topic) => [topic, { fromBeginning: true }])),
      groupId: 'group',
    });

    await manager.resolveOffsets();

    expect(asked).toEqual([
      ['led.v1', 0, 1],
      ['half.v1', 0],
    ]);
    expect(manager.committedOffsets()).toEqual({
      'led.v1': { 0: '7', 1: '7' },
      'half.v1': { 0: '7', 1: undefined },
      'leaderless.v1': { 0: undefined },
    });
  });
});
