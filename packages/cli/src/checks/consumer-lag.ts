import { createTopicAdmin, redriveTopic, retryGroup, retryTopic } from '@trunkline/kafka';

import { groups, retryTiers } from '../groups.ts';
import { openKafka } from '../kafka-access.ts';
import { type Check, failed, few, ok, warning } from './check.ts';

/** A minute of work at a thousand events a second: more than a hiccup. */
const worryingLag = 60_000n;

/** Records that groups have not finished, and dead letters that wait for somebody. */
export const consumerLag: Check = {
  name: 'lag',
  requires: ['topics'],
  async run(context) {
    const admin = createTopicAdmin(openKafka(context));
    try {
      const behind: string[] = [];
      const idle: string[] = [];
      let whole = 0n;
      for (const { name, topics } of groups) {
        const retries = retryTiers.map((tier) => retryTopic(name, tier));
        const partitions = [
          ...(await admin.groupLag(name, topics)),
          ...(await admin.groupLag(retryGroup(name), retries)),
          ...(await admin.groupLag(redriveTopic(name), [redriveTopic(name)])),
        ];
        const lag = partitions.reduce((sum, partition) => sum + partition.lag, 0n);
        whole += lag;
        if (lag > worryingLag) behind.push(`${name} ${lag} records`);
        // Records wait and nothing was ever committed: the service has not run against this Kafka.
        if (lag > 0n && partitions.every((partition) => partition.committed === undefined))
          idle.push(`${name} (${lag} records wait)`);
      }
      if (idle.length > 0) return failed(`never started: ${few(idle)}`, 'start the service; its log says why it stops');
      return behind.length === 0
        ? ok(`${whole} records wait`)
        : warning(`behind: ${few(behind)}`, 'look at the health of the service: it says when it is paused and why');
    } finally {
      await admin.close();
    }
  },
};
