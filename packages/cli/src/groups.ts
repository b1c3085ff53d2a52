import type { DomainTopic } from '@trunkline/events';
import { deadLetterTopic, redriveTopic, retryTopic } from '@trunkline/kafka';

/** A consumer group of this build: its topics and the Postgres schema that holds its inbox and projections. */
export interface GroupPlan {
  readonly name: string;
  readonly schema: string;
  readonly topics: readonly DomainTopic[];
}

/** Every consumer group of this build. The delays of the retry topics are those of the embedded stack and of Helm. */
export const groups: readonly GroupPlan[] = [{ name: 'payments', schema: 'payments', topics: ['payments.payment.v1'] }];

export const retryTiers: readonly string[] = ['10s'];

export function groupNamed(name: string): GroupPlan | undefined {
  return groups.find((group) => group.name === name);
}

/** Where copies of a group's failed records are, in the order they pass through. */
export function failureTopics(group: string): readonly string[] {
  return [...retryTiers.map((tier) => retryTopic(group, tier)), deadLetterTopic(group), redriveTopic(group)];
}
