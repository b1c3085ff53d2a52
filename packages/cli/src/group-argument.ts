import { TrunklineError } from '@trunkline/core';

import { groupNamed, type GroupPlan, groups } from './groups.ts';

/** The group of that name; throws with the names there are. */
export function requireGroup(name: string): GroupPlan {
  const group = groupNamed(name);
  if (group === undefined) {
    throw new TrunklineError(
      'source_unknown',
      `there is no consumer group ${JSON.stringify(name)}; there is: ${groups.map((each) => each.name).join(', ')}`,
    );
  }
  return group;
}
