import { groups } from '@trunkline/consumer';
import { largestBodyBytes } from '@trunkline/events';
import { createPublisher, type KafkaConnection, type Publisher, recordLimits, topicPlan } from '@trunkline/kafka';

/** One publisher of a process for all of its jobs, opened with the first: an installation that never has one opens none. */
export interface SharedPublisher {
  /** What cannot be opened now is opened again by the next who asks. */
  open(): Promise<Publisher>;
  close(): Promise<void>;
}

const closeDeadlineMs = 2_000;

export function createSharedPublisher(kafka: KafkaConnection): SharedPublisher {
  let publisher: Promise<Publisher> | undefined;
  return {
    async open() {
      publisher ??= createPublisher(kafka, { limits: { maxRecordBytes: recordLimits(allTopics()) } });
      const opening = publisher;
      try {
        return await opening;
      } catch (error) {
        if (publisher === opening) publisher = undefined;
        throw error;
      }
    },
    async close() {
      await (await publisher?.catch(() => undefined))?.close({ deadlineMs: closeDeadlineMs });
    },
  };
}

/** How large the records of each topic may be; partitions and replicas are of no concern here. */
function allTopics() {
  return topicPlan({
    partitions: 1,
    replicationFactor: 1,
    largestBodyBytes,
    groups: groups.map(({ name }) => name),
    retryTiers: [],
  });
}
