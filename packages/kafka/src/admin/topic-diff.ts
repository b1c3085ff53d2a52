import type { TopicPlan, TopicSpec } from './topics.ts';

/** One way in which the broker differs from the plan. */
export type TopicDiff =
  | { readonly kind: 'missing'; readonly topic: string }
  | {
      readonly kind: 'wrong_config';
      readonly topic: string;
      readonly name: string;
      readonly actual: string | undefined;
      readonly desired: string;
    }
  /** Never repaired: more partitions would move keys to other partitions, fewer do not exist. */
  | { readonly kind: 'wrong_partitions'; readonly topic: string; readonly actual: number; readonly desired: number };

/** A topic as the broker has it. */
export interface ActualTopic {
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** Compares the plan with what is there. What the plan does not speak about is left alone. */
export function diffTopics(plan: TopicPlan, actual: ReadonlyMap<string, ActualTopic>): TopicDiff[] {
  return plan.flatMap((desired) => {
    const found = actual.get(desired.topic);
    return found === undefined ? [{ kind: 'missing' as const, topic: desired.topic }] : diffTopic(desired, found);
  });
}

function diffTopic(desired: TopicSpec, actual: ActualTopic): TopicDiff[] {
  const { topic } = desired;
  const diffs: TopicDiff[] = [];
  if (actual.partitions !== desired.partitions) {
    diffs.push({ kind: 'wrong_partitions', topic, actual: actual.partitions, desired: desired.partitions });
  }
  for (const [name, value] of Object.entries(desired.config)) {
    if (actual.config[name] !== value)
      diffs.push({ kind: 'wrong_config', topic, name, actual: actual.config[name], desired: value });
  }
  return diffs;
}
