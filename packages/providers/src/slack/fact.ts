import type { EntityRef, OrderBy } from '@trunkline/events';

import type { SnapshotFact } from '../contract/snapshot.ts';

/** What one event says of one entity of a chat. */
export interface ChatFact {
  readonly entity: EntityRef;
  readonly read: SnapshotFact;
  readonly orderBy?: OrderBy;
  /** The time that is the fact's own, where that is not the one of the event. */
  readonly ts?: string;
}

export function inOrderWith(entity: EntityRef): OrderBy {
  return { by: 'entity', entity };
}

/** Ids are put together of parts; real ones have some twenty characters each. */
export const maxPartLength = 200;
