import { largestBodyBytes } from '@trunkline/events';
import { type TopicPlan, topicPlan } from '@trunkline/kafka/topics';
import { groups } from '@trunkline/operations/groups';

import type { CommandContext } from './context.ts';
import { requireRetryTiers } from './retry-tiers.ts';
import { requireCount } from './settings.ts';

/** The topics of this build for this installation. */
export function planTopics({ settings }: Pick<CommandContext, 'settings'>): TopicPlan {
  return topicPlan({
    partitions: requireCount(settings, 'partitions'),
    replicationFactor: requireCount(settings, 'replicationFactor'),
    largestBodyBytes,
    groups: groups.map((group) => group.name),
    retryTiers: requireRetryTiers(settings),
  });
}
