import type { DraftIdentity, EntityRef, Occurred, OrderBy } from '@trunkline/events';

import type { SnapshotFact } from './snapshot.ts';

/** What one callback is about, for providers that say it in many ways and name nothing themselves. */
export interface Subject {
  /** Undefined where it names nothing. */
  readonly entity: EntityRef | undefined;
  /** Undefined where the callback has no canonical form. */
  readonly read?: SnapshotFact | undefined;
  /** Undefined where what it says does not tell it from the next of its kind. */
  readonly identity: DraftIdentity | undefined;
  readonly occurred: Occurred;
  readonly orderBy?: OrderBy | undefined;
  readonly providerSequence?: number | undefined;
  /** In the words of the provider's page. */
  readonly name?: string | undefined;
  /** Members that its id or time is made of and that cannot be read. */
  readonly flaws?: readonly string[];
}
