import type { ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isJsonLeftOut, readJsonText } from '../contract/texts.ts';
import { readMilliseconds } from '../contract/times.ts';
import { readId, readText } from '../contract/values.ts';
import type { Action } from './action.ts';

type OrganizationReader = SnapshotReader<'identity.organization.v1'>;

export function organizationFact(organization: ExactObject, action: Action): SnapshotFact {
  const reader: OrganizationReader = new SnapshotReader('identity.organization.v1', organization);
  if (action !== 'updated') reader.say('isDeleted', action === 'deleted');
  if (action === 'deleted') return reader.fact('identity.organization.deleted');
  reader.state('name', 'name', readText);
  reader.state('slug', 'slug', readText);
  stateRecord(reader);
  return reader.fact(`identity.organization.${action}`);
}

export function membershipFact(membership: ExactObject, action: Action): SnapshotFact {
  const reader: OrganizationReader = new SnapshotReader('identity.organization.v1', membership);
  if (action !== 'updated') reader.say('isDeleted', action === 'deleted');
  reader.state('membershipOrganizationId', 'organization.id', readId);
  reader.state('membershipUserId', 'public_user_data.user_id', readId);
  reader.state('membershipRoles', 'role', readRole);
  stateRecord(reader);
  return reader.fact(`identity.organization.membership_${action}`);
}

/** What became of an invitation, in the last word of Clerk's type. */
export type InvitationAction = 'created' | 'accepted' | 'revoked';

export function invitationFact(invitation: ExactObject, action: InvitationAction): SnapshotFact {
  const reader: OrganizationReader = new SnapshotReader('identity.organization.v1', invitation);
  reader.state('organizationId', 'organization_id', readId);
  reader.state('invitationEmail', 'email_address', readText);
  reader.state('invitationStatus', 'status', readText);
  reader.state('membershipRoles', 'role', readRole);
  reader.state('expiresAt', 'expires_at', readMilliseconds);
  if (action === 'accepted') reader.state('acceptedAt', 'updated_at', readMilliseconds);
  stateRecord(reader);
  return reader.fact(`identity.organization.invitation_${action}`);
}

function readRole(role: unknown): string[] | undefined {
  return typeof role === 'string' ? [role] : undefined;
}

function stateRecord(reader: OrganizationReader): void {
  reader.state('attributesJson', 'public_metadata', readJsonText);
  reader.state('attributesTruncated', 'public_metadata', isJsonLeftOut);
  reader.state('createdAt', 'created_at', readMilliseconds);
  reader.state('updatedAt', 'updated_at', readMilliseconds);
}
