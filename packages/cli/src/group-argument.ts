import { groupNamed, type GroupPlan, groups } from '@trunkline/operations/groups';

import { refuseUnknown } from './closed-lists.ts';

/** The group of that name; throws with what was probably meant, or the names there are. */
export function requireGroup(name: string): GroupPlan {
  const group = groupNamed(name);
  if (group !== undefined) return group;
  return refuseUnknown(
    'consumer group',
    name,
    groups.map((each) => each.name),
  );
}
