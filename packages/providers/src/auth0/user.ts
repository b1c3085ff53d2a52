import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isJsonLeftOut, readJsonText } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readFlag, readText } from '../contract/values.ts';

type UserType = EventTypeOf<'identity.user.v1'>;
type OrganizationType = EventTypeOf<'identity.organization.v1'>;

export const userTypes: ReadonlyMap<string, UserType> = new Map([
  ['user.created', 'identity.user.created'],
  ['user.updated', 'identity.user.updated'],
  ['user.deleted', 'identity.user.deleted'],
]);

/** Identities, addresses of machines, pictures and what users wrote about themselves (user_metadata) are left out. */
export function userFact(user: ExactObject, name: string): SnapshotFact | undefined {
  const type = userTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('identity.user.v1', user);
  if (type !== 'identity.user.updated') reader.say('isDeleted', type === 'identity.user.deleted');
  reader.state('status', 'blocked', (blocked) => {
    const flag = readFlag(blocked);
    return flag === undefined ? undefined : flag ? 'suspended' : 'active';
  });
  reader.state('email', 'email', readText);
  reader.state('emailVerified', 'email_verified', readFlag);
  reader.state('firstName', 'given_name', readText);
  reader.state('lastName', 'family_name', readText);
  reader.state('fullName', 'name', readText);
  reader.state('username', 'username', readText);
  reader.state('attributesJson', 'app_metadata', readJsonText);
  reader.state('attributesTruncated', 'app_metadata', isJsonLeftOut);
  reader.state('lastSignInAt', 'last_login', readInstant);
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
  return reader.fact(type);
}

/** Memberships have no id of their own and are passed on, with everything else about organizations. */
export const organizationTypes: ReadonlyMap<string, OrganizationType> = new Map([
  ['organization.created', 'identity.organization.created'],
  ['organization.updated', 'identity.organization.updated'],
  ['organization.deleted', 'identity.organization.deleted'],
]);

export function organizationFact(organization: ExactObject, name: string): SnapshotFact | undefined {
  const type = organizationTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('identity.organization.v1', organization);
  if (type !== 'identity.organization.updated') reader.say('isDeleted', type === 'identity.organization.deleted');
  // Auth0's `name` is the short one in addresses.
  reader.state('name', 'display_name', readText);
  reader.state('slug', 'name', readText);
  reader.state('attributesJson', 'metadata', readJsonText);
  reader.state('attributesTruncated', 'metadata', isJsonLeftOut);
  return reader.fact(type);
}
