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
  stateTimes(reader);
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
  stateTimes(reader);
  return reader.fact(type);
}

/** The invitation without its token and the address that accepts it, which let their holder in. */
export const invitationTypes: ReadonlyMap<string, OrganizationType> = new Map([
  ['invitation.created', 'identity.organization.invitation_created'],
  ['invitation.resent', 'identity.organization.invitation_resent'],
  ['invitation.accepted', 'identity.organization.invitation_accepted'],
  ['invitation.revoked', 'identity.organization.invitation_revoked'],
]);

export function invitationFact(invitation: ExactObject, name: string): SnapshotFact | undefined {
  const type = invitationTypes.get(name);
  if (type === undefined) return undefined;
  const reader: OrganizationReader = new SnapshotReader('identity.organization.v1', invitation);
  reader.state('organizationId', 'organization_id', readText);
  reader.state('invitationEmail', 'email', readText);
  reader.state('invitationStatus', 'state', readText);
  reader.state('invitedBy', 'inviter_user_id', readText);
  reader.state('membershipUserId', 'accepted_user_id', readText);
  reader.state('membershipRoles', 'role_slug', (role) => (typeof role === 'string' ? [role] : undefined));
  reader.state('expiresAt', 'expires_at', readInstant);
  reader.state('acceptedAt', 'accepted_at', readInstant);
  stateTimes(reader);
  return reader.fact(type);
}

export const domainTypes: ReadonlyMap<string, OrganizationType> = new Map([
  ['organization_domain.created', 'identity.organization.domain_created'],
  ['organization_domain.updated', 'identity.organization.domain_updated'],
  ['organization_domain.verified', 'identity.organization.domain_verified'],
  ['organization_domain.verification_failed', 'identity.organization.domain_verification_failed'],
  ['organization_domain.deleted', 'identity.organization.domain_deleted'],
]);

/** The token that proves the domain is left out. */
export function domainFact(domain: ExactObject, name: string): SnapshotFact | undefined {
  const type = domainTypes.get(name);
  if (type === undefined) return undefined;
  const reader: OrganizationReader = new SnapshotReader('identity.organization.v1', domain);
  stateExistence(reader, type);
  reader.state('organizationId', 'organization_id', readText);
  reader.state('domain', 'domain', readText);
  reader.state('domainStatus', 'state', readText);
  stateTimes(reader);
  return reader.fact(type);
}

/** WorkOS does not tell when a connection is made, only when it begins and ceases to work. */
export const connectionTypes: ReadonlyMap<string, OrganizationType> = new Map([
  ['connection.activated', 'identity.organization.connection_activated'],
  ['connection.deactivated', 'identity.organization.connection_deactivated'],
  ['connection.deleted', 'identity.organization.connection_deleted'],
]);

export function connectionFact(connection: ExactObject, name: string): SnapshotFact | undefined {
  const type = connectionTypes.get(name);
  if (type === undefined) return undefined;
  const reader: OrganizationReader = new SnapshotReader('identity.organization.v1', connection);
  stateExistence(reader, type);
  reader.state('organizationId', 'organization_id', readText);
  reader.state('name', 'name', readText);
  reader.state('connectionType', 'connection_type', readText);
  reader.state('connectionStatus', 'state', readText);
  stateTimes(reader);
  return reader.fact(type);
}

function stateTimes(reader: OrganizationReader): void {
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
}

/** What belongs to an organization stays in order with it. */
export function organizationOf(object: ExactObject): EntityRef | undefined {
  const id = textMember(object, 'organization_id');
  return id === undefined ? undefined : { kind: 'organization', id };
}

function stateExistence(reader: OrganizationReader, type: OrganizationType): void {
  if (type.endsWith('created')) reader.say('isDeleted', false);
  if (type.endsWith('deleted')) reader.say('isDeleted', true);
}
