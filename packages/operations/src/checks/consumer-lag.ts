import { createTopicAdmin } from '@trunkline/kafka';

import { groups } from '../groups.ts';
import { type PartitionBacklog, readLag, totalsOf } from '../lag/read-lag.ts';
import { missingTopics } from '../topics/missing-topics.ts';
import { type Check, failed, few, ok, warning } from './check.ts';

/** A minute of work at a thousand events a second: more than a hiccup. */
const worryingLag = 60_000n;

/** Records that groups have not finished, on their topics, every retry tier and the redrive topic. */
export const consumerLag: Check = {
  name: 'lag',
  requires: ['kafka'],
  async run(access) {
    const admin = createTopicAdmin(access.kafka());
    try {
      const missing = await missingTopics(admin, access);
      const rows = await readLag(admin, { groups, missing, tiers: access.retryTiers() });
      return judge(rows);
    } finally {
      await admin.close();
    }
  },
};

function judge(rows: readonly PartitionBacklog[]): ReturnType<typeof ok> {
  const behind: string[] = [];
  const idle: string[] = [];
  for (const { name } of groups) {
    const own = rows.filter(({ group }) => group === name);
    const { waiting } = totalsOf(own);
    if (waiting > worryingLag) behind.push(`${name} ${waiting} records`);
    // Records wait and nothing was ever committed: the service has not run against this Kafka.
    if (waiting > 0n && own.every(({ committed }) => committed === undefined))
      idle.push(`${name} (${waiting} records wait)`);
  }
  if (idle.length > 0) return failed(`never started: ${few(idle)}`, 'start the service; its log says why it stops');
  const retrying = totalsOf(rows.filter(({ kind }) => kind === 'retry')).waiting;
  return behind.length === 0
    ? ok(`${totalsOf(rows).waiting} records wait, ${retrying} of them for a retry`)
    : warning(`behind: ${few(behind)}`, 'trunkline lag says where; the health of the service says why it is paused');
}
