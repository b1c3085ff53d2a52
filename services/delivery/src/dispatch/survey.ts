import { steadyClock } from '@trunkline/core';

import { deliveryLimits } from '../limits.ts';
import { isHungry, type Lane, lookAtMs } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { Shards } from './shards.ts';

/** What there is to do in a turn. */
export interface Survey {
  readonly ready: readonly Lane[];
  /** To be loaded; as many as a load takes. */
  readonly hungry: readonly Lane[];
  /** Those of both whose endpoint has to be read first. */
  readonly unopened: readonly Lane[];
}

/** One look at all that are busy: a turn comes with each answer, and they may be thousands. */
export function surveyLanes(lanes: Lanes, shards: Pick<Shards, 'owns' | 'isFresh'>): Survey {
  const now = steadyClock();
  const survey: Record<keyof Survey, Lane[]> = { ready: [], hungry: [], unopened: [] };
  // Without a young lease nobody knows whose they are.
  if (!shards.isFresh()) return survey;
  for (const lane of lanes.busy) {
    if (!shards.owns(lane.shard)) lanes.giveUp(lane);
    if (lane.state === 'disabled') continue;
    const wants = lookAtMs(lane) <= now && lane.heldUntilMs <= now && isHungry(lane);
    if (wants && survey.hungry.length < deliveryLimits.lanesPerLoad) survey.hungry.push(lane);
    else if (lane.queue.length > 0) survey.ready.push(lane);
    else continue;
    if (lane.opened === undefined) survey.unopened.push(lane);
  }
  return survey;
}
