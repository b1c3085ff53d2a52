import { type GroupPlan, groups } from '@trunkline/consumer';
import { deadLetterTopic, redriveTopic, retryTopic } from '@trunkline/kafka';

export { type GroupPlan, groups, parseTiers, retryTiers, schemas } from '@trunkline/consumer';

export function groupNamed(name: string): GroupPlan | undefined {
  return groups.find((group) => group.name === name);
}

/** Where copies of a group's failed records are, in the order they pass through. */
export function failureTopics(group: string, tiers: readonly string[]): readonly string[] {
  return [...tiers.map((tier) => retryTopic(group, tier)), deadLetterTopic(group), redriveTopic(group)];
}
