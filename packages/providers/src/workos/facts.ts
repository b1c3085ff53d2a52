import { factsByName, mappingsOf, type ObjectFacts } from '../contract/object-event.ts';
import type { EventMapping } from '../contract/provider.ts';
import {
  membershipFact,
  membershipTypes,
  organizationFact,
  organizationOf,
  organizationTypes,
} from './organization.ts';
import { sessionFact, sessionTypes } from './session.ts';
import { directoryUserFact, directoryUserTypes, userFact, userTypes } from './user.ts';

const objects: readonly ObjectFacts[] = [
  { kind: 'user', types: userTypes, fact: userFact },
  { kind: 'directory_user', types: directoryUserTypes, fact: directoryUserFact },
  { kind: 'session', types: sessionTypes, fact: sessionFact },
  { kind: 'organization', types: organizationTypes, fact: organizationFact },
  { kind: 'organization_membership', types: membershipTypes, fact: membershipFact, follows: organizationOf },
];

export const workosMappings: readonly EventMapping[] = mappingsOf(objects);

/** What an event is read with, by its name. */
export const workosFacts: ReadonlyMap<string, ObjectFacts> = factsByName(objects);
