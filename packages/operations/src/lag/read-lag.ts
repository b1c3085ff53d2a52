import { redriveTopic, retryGroup, retryTopic, type TopicAdmin } from '@trunkline/kafka';

import type { GroupPlan } from '../groups.ts';

export type LagKind = 'main' | 'retry' | 'redrive';

/** One partition that a group reads. */
export interface PartitionBacklog {
  readonly group: string;
  readonly kind: LagKind;
  readonly topic: string;
  readonly partition: number;
  /** Undefined where nothing was ever committed. */
  readonly committed: bigint | undefined;
  readonly end: bigint;
  /** Records that wait. */
  readonly lag: bigint;
  /** Since when the oldest of them waits; undefined when none does, or when it could not be read. */
  readonly oldestAgeMs: number | undefined;
}

export interface BacklogTotals {
  /** On the main, retry and redrive topics: what groups have to do yet. */
  readonly waiting: bigint;
  /** Of what waits. */
  readonly oldestAgeMs: number | undefined;
}

export interface LagQuestion {
  readonly groups: readonly GroupPlan[];
  /** Topics of the plan that do not exist, and so are left out. */
  readonly missing: ReadonlySet<string>;
  /** The retry topics of each group. */
  readonly tiers: readonly string[];
}

/** What waits for each group, partition by partition, without ages. */
export async function readLag(
  admin: TopicAdmin,
  { groups, missing, tiers }: LagQuestion,
): Promise<readonly PartitionBacklog[]> {
  const rows: PartitionBacklog[] = [];
  for (const { name, topics } of groups) {
    const readers: readonly { readonly kind: LagKind; readonly reader: string; readonly topics: readonly string[] }[] =
      [
        { kind: 'main', reader: name, topics },
        { kind: 'retry', reader: retryGroup(name), topics: tiers.map((tier) => retryTopic(name, tier)) },
        { kind: 'redrive', reader: redriveTopic(name), topics: [redriveTopic(name)] },
      ];
    for (const { kind, reader, topics: read } of readers) {
      const there = read.filter((topic) => !missing.has(topic));
      // Asked about no topic, the broker would answer about all of them.
      const partitions = there.length === 0 ? [] : await admin.groupLag(reader, there);
      for (const { topic, partition, committed, high, lag } of partitions)
        rows.push({ group: name, kind, topic, partition, committed, end: high, lag, oldestAgeMs: undefined });
    }
  }
  return rows;
}

export function totalsOf(rows: readonly PartitionBacklog[]): BacklogTotals {
  const ages = rows.flatMap(({ oldestAgeMs }) => (oldestAgeMs === undefined ? [] : [oldestAgeMs]));
  return {
    waiting: rows.reduce((whole, { lag }) => whole + lag, 0n),
    oldestAgeMs: ages.length === 0 ? undefined : Math.max(...ages),
  };
}
