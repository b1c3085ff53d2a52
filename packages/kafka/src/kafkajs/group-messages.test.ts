import fc from 'fast-check';
import { expect, it } from 'vitest';

import { type GroupMessages, groupMessagesPerPartition } from './group-messages.ts';
import { originalOf } from './testing/original.ts';

// Internal to kafkajs, so there is no type for it; ours has the same contract.
const kafkajsGroups = originalOf(
  'kafkajs/src/producer/groupMessagesPerPartition.js',
) as typeof groupMessagesPerPartition;

const partition = (id: number): GroupMessages['partitionMetadata'][number] => ({
  partitionId: id,
  partitionErrorCode: 0,
  leader: 1,
  replicas: [1],
  isr: [1],
});

it('groups any messages as kafkajs does, each in the order given', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 60 }), fc.nat({ max: 10 }), (keys, partitions) => {
      const given: GroupMessages = {
        topic: 't',
        partitionMetadata: Array.from({ length: partitions }, (_, id) => partition(id)),
        messages: keys.map((key, index) => ({ key: String(key), value: String(index) })),
        partitioner: ({ message, partitionMetadata }) => Number(message.key) % partitionMetadata.length,
      };

      expect(groupMessagesPerPartition(given)).toEqual(kafkajsGroups(given));
    }),
  );
});
