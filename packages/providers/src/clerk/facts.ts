import type { ExactJson, ExactObject } from '@trunkline/events';

import { member, objectMember, textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isJsonLeftOut, readJsonText } from '../contract/texts.ts';
import { readMilliseconds } from '../contract/times.ts';
import { readFlag, readId, readText } from '../contract/values.ts';

/**
 * What happened to an entity, in the last word of Clerk's type. An update says nothing about existence: a late one must not
 * bring a deleted entity back.
 */
type Action = 'created' | 'updated' | 'deleted';

/** https://clerk.com/docs/reference/backend-api: the user object. A deleted one is its id alone. */
export function userFact(user: ExactObject, action: Action): SnapshotFact {
  const reader = new SnapshotReader('identity.user.v1', user);
  if (action !== 'updated') reader.say('isDeleted', action === 'deleted');
  if (action === 'deleted') return reader.fact('identity.user.deleted');

  reader.say('status', userStatus(user));
  stateEmail(reader, user);
  reader.state('firstName', 'first_name', readText);
  reader.state('lastName', 'last_name', readText);
  reader.state('username', 'username', readText);
  reader.state('externalId', 'external_id', readText);
  reader.state('attributesJson', 'public_metadata', readJsonText);
  reader.state('attributesTruncated', 'public_metadata', isJsonLeftOut);
  reader.state('lastSignInAt', 'last_sign_in_at', readMilliseconds);
  reader.state('createdAt', 'created_at', readMilliseconds);
  reader.state('updatedAt', 'updated_at', readMilliseconds);
  return reader.fact(`identity.user.${action}`);
}

/** Banned for good or locked for a while; unknown where the user says neither. */
function userStatus(user: ExactObject): string | undefined {
  const flags = [readFlag(user['banned']), readFlag(user['locked'])];
  if (flags.includes(true)) return 'suspended';
  return flags.includes(false) ? 'active' : undefined;
}

/** The primary address is named by its id; without one the user has no address. */
function stateEmail(reader: SnapshotReader<'identity.user.v1'>, user: ExactObject): void {
  const primary = user['primary_email_address_id'];
  if (primary === undefined) return;
  if (primary === null) {
    reader.say('email', null);
    reader.say('emailVerified', null);
    return;
  }
  const addresses = user['email_addresses'];
  const items: readonly ExactJson[] = Array.isArray(addresses) ? addresses : []; // Array.isArray widens the items to any
  const address = items.find((item) => member(item, 'id') === primary);
  const email = textMember(address, 'email_address');
  if (email === undefined) {
    reader.flaw('primary_email_address_id');
    return;
  }
  reader.say('email', email);
  const verification = objectMember(address, 'verification');
  reader.say('emailVerified', textMember(verification, 'status') === 'verified');
}

/** https://clerk.com/docs/reference/backend-api: the session object. Three types end a session; its status says how. */
export function sessionFact(session: ExactObject, isEnd: boolean): SnapshotFact {
  const reader = new SnapshotReader('identity.session.v1', session);
  reader.say('status', isEnd ? 'ended' : 'active');
  reader.state('providerStatus', 'status', readText);
  reader.state('userId', 'user_id', readText);
  reader.state('organizationId', 'last_active_organization_id', readText);
  reader.state('impersonatedBy', 'actor.sub', readText);
  if (isEnd) reader.state('endReason', 'status', readText);
  reader.state('expiresAt', 'expire_at', readMilliseconds);
  reader.state('createdAt', 'created_at', readMilliseconds);
  reader.state('updatedAt', 'updated_at', readMilliseconds);
  return reader.fact(isEnd ? 'identity.session.ended' : 'identity.session.created');
}

export function organizationFact(organization: ExactObject, action: Action): SnapshotFact {
  const reader = new SnapshotReader('identity.organization.v1', organization);
  if (action !== 'updated') reader.say('isDeleted', action === 'deleted');
  if (action === 'deleted') return reader.fact('identity.organization.deleted');
  reader.state('name', 'name', readText);
  reader.state('slug', 'slug', readText);
  stateOrganizationRecord(reader);
  return reader.fact(`identity.organization.${action}`);
}

export function membershipFact(membership: ExactObject, action: Action): SnapshotFact {
  const reader = new SnapshotReader('identity.organization.v1', membership);
  if (action !== 'updated') reader.say('isDeleted', action === 'deleted');
  reader.state('membershipOrganizationId', 'organization.id', readId);
  reader.state('membershipUserId', 'public_user_data.user_id', readId);
  reader.state('membershipRoles', 'role', (role) => (typeof role === 'string' ? [role] : undefined));
  stateOrganizationRecord(reader);
  return reader.fact(`identity.organization.membership_${action}`);
}

function stateOrganizationRecord(reader: SnapshotReader<'identity.organization.v1'>): void {
  reader.state('attributesJson', 'public_metadata', readJsonText);
  reader.state('attributesTruncated', 'public_metadata', isJsonLeftOut);
  reader.state('createdAt', 'created_at', readMilliseconds);
  reader.state('updatedAt', 'updated_at', readMilliseconds);
}
