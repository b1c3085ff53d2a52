import type { TopicDiff, TopicPlan } from '@trunkline/kafka';

/** One topic of the plan and how the broker differs from it. */
export interface TopicReport {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly state: 'in order' | 'missing' | 'differs';
  readonly differences: readonly string[];
}

export function reportTopics(plan: TopicPlan, diffs: readonly TopicDiff[]): readonly TopicReport[] {
  return plan.map(({ topic, partitions, replicationFactor }) => {
    const own = diffs.filter((diff) => diff.topic === topic);
    const state = own.length === 0 ? 'in order' : own.some((diff) => diff.kind === 'missing') ? 'missing' : 'differs';
    return { topic, partitions, replicationFactor, state, differences: own.flatMap(describe) };
  });
}

function describe(diff: TopicDiff): readonly string[] {
  switch (diff.kind) {
    case 'missing':
      return [];
    case 'wrong_config':
      return [`${diff.name} is ${diff.actual ?? 'not set'}, should be ${diff.desired}`];
    case 'wrong_partitions':
      return [
        `${diff.actual} partitions, should be ${diff.desired} (never changed for an existing topic: keys would move)`,
      ];
  }
}
