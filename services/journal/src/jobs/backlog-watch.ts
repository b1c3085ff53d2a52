import { createTopicAdmin, type KafkaConnection, redriveTopic } from '@trunkline/kafka';

/** How many redriven records a group has yet to take: a group that is paused or slow is not buried. */
export interface BacklogWatch {
  /** Asked of the brokers once a second. Rejects with `dependency_unavailable`. */
  waiting(group: string): Promise<number>;
  close(): Promise<void>;
}

const everyMs = 1_000;

export function createBacklogWatch(kafka: KafkaConnection): BacklogWatch {
  const admin = createTopicAdmin(kafka);
  let askedAtMs = -Infinity;
  let known = 0;
  return {
    async waiting(group) {
      if (performance.now() - askedAtMs < everyMs) return known;
      const topic = redriveTopic(group);
      const partitions = await admin.groupLag(topic, [topic]);
      known = Number(partitions.reduce((sum, { lag }) => sum + lag, 0n));
      askedAtMs = performance.now();
      return known;
    },
    close: () => admin.close(),
  };
}
