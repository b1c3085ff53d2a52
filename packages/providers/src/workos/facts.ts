import type { EntityRef, ExactObject } from '@trunkline/events';

import type { EventMapping } from '../contract/provider.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import {
  membershipFact,
  membershipTypes,
  organizationFact,
  organizationOf,
  organizationTypes,
} from './organization.ts';
import { sessionFact, sessionTypes } from './session.ts';
import { directoryUserFact, directoryUserTypes, userFact, userTypes } from './user.ts';

interface ObjectFacts {
  /** `object` of what the event has to carry. */
  readonly kind: string;
  readonly types: ReadonlyMap<string, EventMapping['to']>;
  readonly fact: (object: ExactObject, name: string) => SnapshotFact | undefined;
  /** What it stays in order with, where that is not the object itself. */
  readonly follows?: (object: ExactObject) => EntityRef | undefined;
}

const objects: readonly ObjectFacts[] = [
  { kind: 'user', types: userTypes, fact: userFact },
  { kind: 'directory_user', types: directoryUserTypes, fact: directoryUserFact },
  { kind: 'session', types: sessionTypes, fact: sessionFact },
  { kind: 'organization', types: organizationTypes, fact: organizationFact },
  { kind: 'organization_membership', types: membershipTypes, fact: membershipFact, follows: organizationOf },
];

export const workosMappings: readonly EventMapping[] = objects.flatMap(({ types }) =>
  [...types].map(([from, to]) => ({ from, to })),
);

const byName: ReadonlyMap<string, ObjectFacts> = new Map(
  objects.flatMap((facts) => [...facts.types.keys()].map((name) => [name, facts] as const)),
);

/** What the events of that name are read with; undefined for those that are passed on. */
export function factsOf(name: string): ObjectFacts | undefined {
  return byName.get(name);
}
