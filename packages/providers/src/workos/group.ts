import type { EntityRef, EventTypeOf, ExactObject } from '@trunkline/events';

import { objectMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readText } from '../contract/values.ts';
import { organizationOf } from './organization.ts';

type OrganizationType = EventTypeOf<'identity.organization.v1'>;

/** Groups of a customer's directory. */
export const groupTypes: ReadonlyMap<string, OrganizationType> = new Map([
  ['dsync.group.created', 'identity.organization.group_created'],
  ['dsync.group.updated', 'identity.organization.group_updated'],
  ['dsync.group.deleted', 'identity.organization.group_deleted'],
]);
export const groupMembershipTypes: ReadonlyMap<string, OrganizationType> = new Map([
  ['dsync.group.user_added', 'identity.organization.group_member_added'],
  ['dsync.group.user_removed', 'identity.organization.group_member_removed'],
]);

export function groupFact(group: ExactObject, name: string): SnapshotFact | undefined {
  const type = groupTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('identity.organization.v1', group);
  if (type !== 'identity.organization.group_updated') {
    reader.say('isDeleted', type === 'identity.organization.group_deleted');
  }
  reader.state('name', 'name', readText);
  reader.state('externalId', 'idp_id', readText);
  reader.state('directoryId', 'directory_id', readText);
  reader.state('organizationId', 'organization_id', readText);
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
  return reader.fact(type);
}

/** The entry of the directory is the user: the entity id of identity.user, kind directory_user. */
export function groupMembershipFact(change: ExactObject, name: string): SnapshotFact | undefined {
  const type = groupMembershipTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('identity.organization.v1', change);
  reader.say('isDeleted', type === 'identity.organization.group_member_removed');
  reader.state('groupId', 'group.id', readText);
  reader.state('membershipUserId', 'user.id', readText);
  reader.state('directoryId', 'directory_id', readText);
  reader.state('organizationId', 'group.organization_id', readText);
  return reader.fact(type);
}

export function groupOrganizationOf(change: ExactObject): EntityRef | undefined {
  const group = objectMember(change, 'group');
  return group === undefined ? undefined : organizationOf(group);
}
