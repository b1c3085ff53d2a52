import { type GroupPlan, groups } from '@trunkline/consumer/groups';
import { deadLetterTopic, redriveTopic, retryTopic } from '@trunkline/kafka/topics';

export { type GroupPlan, groups, retryTiers, schemas } from '@trunkline/consumer/groups';
export { parseTiers } from '@trunkline/consumer/tiers';

export function groupNamed(name: string): GroupPlan | undefined {
  return groups.find((group) => group.name === name);
}

/** Where copies of a group's failed records are, in the order they pass through. */
export function failureTopics(group: string, tiers: readonly string[]): readonly string[] {
  return [...tiers.map((tier) => retryTopic(group, tier)), deadLetterTopic(group), redriveTopic(group)];
}
