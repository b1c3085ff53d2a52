import type { EntityRef, EventTypeOf, ExactObject } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isJsonLeftOut, readJsonText } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readText } from '../contract/values.ts';
import { textsOf } from './user.ts';

type OrganizationType = EventTypeOf<'identity.organization.v1'>;
type OrganizationReader = SnapshotReader<'identity.organization.v1'>;

export const organizationTypes: ReadonlyMap<string, OrganizationType> = new Map([
  ['organization.created', 'identity.organization.created'],
  ['organization.updated', 'identity.organization.updated'],
  ['organization.deleted', 'identity.organization.deleted'],
]);
export const membershipTypes: ReadonlyMap<string, OrganizationType> = new Map([
  ['organization_membership.created', 'identity.organization.membership_created'],
  ['organization_membership.updated', 'identity.organization.membership_updated'],
  ['organization_membership.deleted', 'identity.organization.membership_deleted'],
]);

/** What the schema says that `domains` and `membershipRoles` hold at most. */
const maxListed = 100;

export function organizationFact(organization: ExactObject, name: string): SnapshotFact | undefined {
  const type = organizationTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('identity.organization.v1', organization);
  stateExistence(reader, type);
  reader.state('name', 'name', readText);
  reader.state('externalId', 'external_id', readText);
  reader.state('domains', 'domains', (domains) => textsOf(domains, 'domain', maxListed));
  reader.state('attributesJson', 'metadata', readJsonText);
  reader.state('attributesTruncated', 'metadata', isJsonLeftOut);
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
  return reader.fact(type);
}

export function membershipFact(membership: ExactObject, name: string): SnapshotFact | undefined {
  const type = membershipTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('identity.organization.v1', membership);
  stateExistence(reader, type);
  reader.state('membershipOrganizationId', 'organization_id', readText);
  reader.state('membershipUserId', 'user_id', readText);
  if (reader.find('roles') === undefined) {
    reader.state('membershipRoles', 'role', (role) => textsOf([role], 'slug', maxListed));
  } else reader.state('membershipRoles', 'roles', (roles) => textsOf(roles, 'slug', maxListed));
  reader.state('membershipStatus', 'status', readText);
  reader.state('attributesJson', 'custom_attributes', readJsonText);
  reader.state('attributesTruncated', 'custom_attributes', isJsonLeftOut);
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
  return reader.fact(type);
}

/** A membership stays in order with its organization. */
export function organizationOf(membership: ExactObject): EntityRef | undefined {
  const id = textMember(membership, 'organization_id');
  return id === undefined ? undefined : { kind: 'organization', id };
}

function stateExistence(reader: OrganizationReader, type: OrganizationType): void {
  if (type.endsWith('created')) reader.say('isDeleted', false);
  if (type.endsWith('deleted')) reader.say('isDeleted', true);
}
