import { deadLetterTopic, redriveTopic, retryGroup, retryTopic, type TopicAdmin } from '@trunkline/kafka';

import { type GroupPlan, retryTiers } from '../groups.ts';

/** `dlt`: dead letters, which no group reads; all that the topic holds, those that are done since included. */
export type LagKind = 'main' | 'retry' | 'redrive' | 'dlt';

/** One partition that a group reads, or that holds its dead letters. */
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
  readonly deadLetters: bigint;
  /** Of what waits. */
  readonly oldestAgeMs: number | undefined;
}

export interface LagQuestion {
  readonly groups: readonly GroupPlan[];
  /** Topics of the plan that do not exist, and so are left out. */
  readonly missing: ReadonlySet<string>;
}

/** What waits for each group, partition by partition, without ages. */
export async function readLag(
  admin: TopicAdmin,
  { groups, missing }: LagQuestion,
): Promise<readonly PartitionBacklog[]> {
  const rows: PartitionBacklog[] = [];
  for (const { name, topics } of groups) {
    const readers: readonly { readonly kind: LagKind; readonly reader: string; readonly topics: readonly string[] }[] =
      [
        { kind: 'main', reader: name, topics },
        { kind: 'retry', reader: retryGroup(name), topics: retryTiers.map((tier) => retryTopic(name, tier)) },
        { kind: 'redrive', reader: redriveTopic(name), topics: [redriveTopic(name)] },
      ];
    for (const { kind, reader, topics: read } of readers) {
      const there = read.filter((topic) => !missing.has(topic));
      // Asked about no topic, the broker would answer about all of them.
      const partitions = there.length === 0 ? [] : await admin.groupLag(reader, there);
      for (const { topic, partition, committed, high, lag } of partitions)
        rows.push({ group: name, kind, topic, partition, committed, end: high, lag, oldestAgeMs: undefined });
    }
    rows.push(...(await deadLetterRows(admin, name, missing)));
  }
  return rows;
}

async function deadLetterRows(
  admin: TopicAdmin,
  group: string,
  missing: ReadonlySet<string>,
): Promise<readonly PartitionBacklog[]> {
  const topic = deadLetterTopic(group);
  if (missing.has(topic)) return [];
  const common = { group, kind: 'dlt', topic, committed: undefined, oldestAgeMs: undefined } as const;
  return (await admin.offsets(topic)).map(({ partition, low, high }) => ({
    ...common,
    partition,
    end: high,
    lag: high - low,
  }));
}

export function totalsOf(rows: readonly PartitionBacklog[]): BacklogTotals {
  const sum = (of: readonly PartitionBacklog[]): bigint => of.reduce((whole, { lag }) => whole + lag, 0n);
  const waiting = rows.filter(({ kind }) => kind !== 'dlt');
  const ages = waiting.flatMap(({ oldestAgeMs }) => (oldestAgeMs === undefined ? [] : [oldestAgeMs]));
  return {
    waiting: sum(waiting),
    deadLetters: sum(rows.filter(({ kind }) => kind === 'dlt')),
    oldestAgeMs: ages.length === 0 ? undefined : Math.max(...ages),
  };
}
