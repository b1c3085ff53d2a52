import { factsByName, mappingsOf, type ObjectFacts } from '../contract/object-event.ts';
import type { EventMapping } from '../contract/provider.ts';
import { authenticationFact, authenticationTypes } from './authentication.ts';
import { groupFact, groupMembershipFact, groupMembershipTypes, groupOrganizationOf, groupTypes } from './group.ts';
import {
  connectionFact,
  connectionTypes,
  domainFact,
  domainTypes,
  invitationFact,
  invitationTypes,
  membershipFact,
  membershipTypes,
  organizationFact,
  organizationOf,
  organizationTypes,
} from './organization.ts';
import { sessionFact, sessionTypes } from './session.ts';
import { challengeFact, challengeTypes, directoryUserFact, directoryUserTypes, userFact, userTypes } from './user.ts';

const objects: readonly ObjectFacts[] = [
  { kind: 'user', types: userTypes, fact: userFact },
  { kind: 'user', types: challengeTypes, fact: challengeFact },
  { kind: 'directory_user', types: directoryUserTypes, fact: directoryUserFact },
  { kind: 'session', types: sessionTypes, fact: sessionFact },
  { kind: 'authentication', types: authenticationTypes, fact: authenticationFact },
  { kind: 'organization', types: organizationTypes, fact: organizationFact },
  { kind: 'organization_membership', types: membershipTypes, fact: membershipFact, follows: organizationOf },
  { kind: 'invitation', types: invitationTypes, fact: invitationFact, mayFollow: organizationOf },
  { kind: 'organization_domain', types: domainTypes, fact: domainFact, mayFollow: organizationOf },
  { kind: 'connection', types: connectionTypes, fact: connectionFact, mayFollow: organizationOf },
  { kind: 'directory_group', types: groupTypes, fact: groupFact, mayFollow: organizationOf },
  {
    kind: 'group_membership',
    types: groupMembershipTypes,
    fact: groupMembershipFact,
    mayFollow: groupOrganizationOf,
  },
];

export const workosMappings: readonly EventMapping[] = mappingsOf(objects);

/** What an event is read with, by its name. */
export const workosFacts: ReadonlyMap<string, ObjectFacts> = factsByName(objects);

/** What WorkOS sends beside them, as far as its library names it. */
export const workosPassedOn: readonly string[] = [
  'api_key.created',
  'api_key.revoked',
  'authentication.radar_risk_detected',
  'authentication.sso_started',
  'dsync.activated',
  'dsync.deleted',
  'flag.created',
  'flag.updated',
  'flag.deleted',
  'group.created',
  'group.updated',
  'group.deleted',
  'group.member_added',
  'group.member_removed',
  'magic_auth.created',
  'organization_role.created',
  'organization_role.updated',
  'organization_role.deleted',
  'permission.created',
  'permission.updated',
  'permission.deleted',
  'role.created',
  'role.updated',
  'role.deleted',
  'vault.*',
];
