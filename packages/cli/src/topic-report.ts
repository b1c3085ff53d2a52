import type { TopicDiff, TopicPlan } from '@trunkline/kafka';

import type { Style } from './render/style.ts';
import { renderTable } from './render/table.ts';

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

export function renderTopics(reports: readonly TopicReport[], style: Style): string {
  return renderTable(
    [
      { title: 'TOPIC', value: ({ topic }) => topic },
      { title: 'PARTITIONS', value: ({ partitions }) => String(partitions), align: 'right' },
      { title: 'REPLICAS', value: ({ replicationFactor }) => String(replicationFactor), align: 'right' },
      {
        title: 'STATE',
        value: ({ state }) => state,
        paint: (cell, { state }) => (state === 'in order' ? style.good(cell) : style.bad(cell)),
      },
      { title: 'DIFFERENCE', value: ({ differences }) => differences.join('; ') },
    ],
    reports,
    style,
  );
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
