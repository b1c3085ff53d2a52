import { largestBodyBytes } from '@trunkline/events';
import { type TopicAdmin, type TopicPlan, topicPlan } from '@trunkline/kafka';

import type { CommandContext } from './context.ts';
import { groups, retryTiers } from './groups.ts';
import { requireCount } from './settings.ts';

/** The topics of this build for this installation. */
export function planTopics({ settings }: Pick<CommandContext, 'settings'>): TopicPlan {
  return topicPlan({
    partitions: requireCount(settings, 'partitions'),
    replicationFactor: requireCount(settings, 'replicationFactor'),
    largestBodyBytes,
    groups: groups.map((group) => group.name),
    retryTiers,
  });
}

/** The topics of this build that the broker does not have. */
export async function missingTopics(
  admin: TopicAdmin,
  context: Pick<CommandContext, 'settings'>,
): Promise<ReadonlySet<string>> {
  const diffs = await admin.plan(planTopics(context));
  return new Set(diffs.flatMap((diff) => (diff.kind === 'missing' ? [diff.topic] : [])));
}
