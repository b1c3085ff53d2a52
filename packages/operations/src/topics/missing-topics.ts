import type { TopicAdmin } from '@trunkline/kafka';

import type { OperatorAccess } from '../access.ts';

/** The topics of this build that the broker does not have. */
export async function missingTopics(
  admin: TopicAdmin,
  access: Pick<OperatorAccess, 'topicPlan'>,
): Promise<ReadonlySet<string>> {
  const diffs = await admin.plan(access.topicPlan());
  return new Set(diffs.flatMap((diff) => (diff.kind === 'missing' ? [diff.topic] : [])));
}
