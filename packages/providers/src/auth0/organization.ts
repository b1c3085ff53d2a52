import { createHash } from 'node:crypto';

import { netstrings } from '@trunkline/core';
import type { EntityRef, EventTypeOf, ExactObject } from '@trunkline/events';

import { objectMember, textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isJsonLeftOut, readJsonText } from '../contract/texts.ts';
import { usableId } from '../contract/usable-id.ts';
import { readText } from '../contract/values.ts';

type OrganizationType = EventTypeOf<'identity.organization.v1'>;
type OrganizationReader = SnapshotReader<'identity.organization.v1'>;

export const organizationTypes: ReadonlyMap<string, OrganizationType> = new Map([
  ['organization.created', 'identity.organization.created'],
  ['organization.updated', 'identity.organization.updated'],
  ['organization.deleted', 'identity.organization.deleted'],
]);

export function organizationFact(organization: ExactObject, name: string): SnapshotFact | undefined {
  const type = organizationTypes.get(name);
  if (type === undefined) return undefined;
  const reader: OrganizationReader = new SnapshotReader('identity.organization.v1', organization);
  if (type !== 'identity.organization.updated') reader.say('isDeleted', type === 'identity.organization.deleted');
  // Auth0's `name` is the short one in addresses.
  reader.state('name', 'display_name', readText);
  reader.state('slug', 'name', readText);
  reader.state('attributesJson', 'metadata', readJsonText);
  reader.state('attributesTruncated', 'metadata', isJsonLeftOut);
  return reader.fact(type);
}

export const membershipTypes: ReadonlyMap<string, OrganizationType> = new Map([
  ['organization.member.added', 'identity.organization.membership_created'],
  ['organization.member.deleted', 'identity.organization.membership_deleted'],
  ['organization.member.role.assigned', 'identity.organization.membership_updated'],
  ['organization.member.role.deleted', 'identity.organization.membership_updated'],
]);

/** One role that came or went says nothing of the others a member has, so no roles are stated. */
export function membershipFact(membership: ExactObject, name: string): SnapshotFact | undefined {
  const type = membershipTypes.get(name);
  if (type === undefined) return undefined;
  const reader: OrganizationReader = new SnapshotReader('identity.organization.v1', membership);
  if (type !== 'identity.organization.membership_updated') {
    reader.say('isDeleted', type === 'identity.organization.membership_deleted');
  }
  reader.state('membershipOrganizationId', 'organization.id', readText);
  reader.state('membershipUserId', 'user.user_id', readText);
  const role = objectMember(membership, 'role');
  const roleName = textMember(role, 'name') ?? textMember(role, 'id') ?? null;
  if (name === 'organization.member.role.assigned') return reader.fact(type, undefined, { roleAssigned: roleName });
  if (name === 'organization.member.role.deleted') return reader.fact(type, undefined, { roleRemoved: roleName });
  return reader.fact(type);
}

/**
 * A membership has no id of its own: the organization and a digest of the user are one together. A user id ends with what
 * the connection knows the person by, which may be an address, so it stands in no id of ours.
 */
export function membershipId(membership: ExactObject): string | undefined {
  const organization = usableId(objectMember(membership, 'organization')?.['id'], maxPartLength);
  const user = textMember(objectMember(membership, 'user'), 'user_id');
  if (organization === undefined || user === undefined) return undefined;
  const digest = createHash('sha256')
    .update(netstrings([organization, user]))
    .digest('hex');
  return `${organization}/${digest.slice(0, 32)}`;
}

/** Real ones have twenty characters. */
const maxPartLength = 200;

export function organizationOf(membership: ExactObject): EntityRef | undefined {
  const id = usableId(objectMember(membership, 'organization')?.['id']);
  return id === undefined ? undefined : { kind: 'organization', id };
}
