import type { EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isJsonLeftOut, readJsonText } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readFlag, readList, readText } from '../contract/values.ts';

type UserType = EventTypeOf<'identity.user.v1'>;
type UserReader = SnapshotReader<'identity.user.v1'>;

/** A user of AuthKit and an entry of a customer's directory are two kinds of entity on one topic. */
export const userTypes: ReadonlyMap<string, UserType> = new Map([
  ['user.created', 'identity.user.created'],
  ['user.updated', 'identity.user.updated'],
  ['user.deleted', 'identity.user.deleted'],
]);
export const directoryUserTypes: ReadonlyMap<string, UserType> = new Map([
  ['dsync.user.created', 'identity.user.created'],
  ['dsync.user.updated', 'identity.user.updated'],
  ['dsync.user.deleted', 'identity.user.deleted'],
]);

/** What the schema says that these lists hold at most. */
const maxRoles = 100;
const maxGroups = 1_000;

export function userFact(user: ExactObject, name: string): SnapshotFact | undefined {
  const type = userTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('identity.user.v1', user);
  stateExistence(reader, type);
  reader.state('email', 'email', readText);
  reader.state('emailVerified', 'email_verified', readFlag);
  reader.state('firstName', 'first_name', readText);
  reader.state('lastName', 'last_name', readText);
  reader.state('fullName', 'name', readText);
  reader.state('externalId', 'external_id', readText);
  reader.state('locale', 'locale', readText);
  reader.state('attributesJson', 'metadata', readJsonText);
  reader.state('attributesTruncated', 'metadata', isJsonLeftOut);
  reader.state('lastSignInAt', 'last_sign_in_at', readInstant);
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
  return reader.fact(type);
}

/** `raw_attributes` is left out: it is the whole entry as the directory wrote it, addresses included. */
export function directoryUserFact(user: ExactObject, name: string): SnapshotFact | undefined {
  const type = directoryUserTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('identity.user.v1', user);
  stateExistence(reader, type);
  reader.state('status', 'state', (state) => (isKnownState(state) ? state : undefined));
  reader.state('providerStatus', 'state', readText);
  stateEmail(reader);
  reader.state('firstName', 'first_name', readText);
  reader.state('lastName', 'last_name', readText);
  reader.state('username', 'username', readText);
  reader.state('externalId', 'idp_id', readText);
  reader.state('directoryId', 'directory_id', readText);
  reader.state('organizationId', 'organization_id', readText);
  stateRoles(reader);
  reader.state('groupIds', 'groups', (groups) => textsOf(groups, 'id', maxGroups));
  reader.state('jobTitle', 'job_title', readText);
  reader.state('attributesJson', 'custom_attributes', readJsonText);
  reader.state('attributesTruncated', 'custom_attributes', isJsonLeftOut);
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
  return reader.fact(type);
}

/** What a user was sent to prove an address or choose a password; neither code nor link is in it. */
export const challengeTypes: ReadonlyMap<string, UserType> = new Map([
  ['email_verification.created', 'identity.user.email_verification_requested'],
  ['password_reset.created', 'identity.user.password_reset_requested'],
  ['password_reset.succeeded', 'identity.user.password_reset_succeeded'],
]);

/** It says nothing of the user but that it happened: the address is not proven yet. */
export function challengeFact(challenge: ExactObject, name: string): SnapshotFact | undefined {
  const type = challengeTypes.get(name);
  return type === undefined ? undefined : new SnapshotReader('identity.user.v1', challenge).fact(type);
}

function stateExistence(reader: UserReader, type: UserType): void {
  if (type !== 'identity.user.updated') reader.say('isDeleted', type === 'identity.user.deleted');
}

function isKnownState(state: ExactJson): state is string {
  return state === 'active' || state === 'inactive' || state === 'suspended';
}

/** Since 2024 a member of its own; before, the primary one of a list. */
function stateEmail(reader: UserReader): void {
  if (reader.find('email') !== undefined) return reader.state('email', 'email', readText);
  const emails = readList(reader.find('emails'));
  if (emails === undefined) return;
  const primary = emails.find((email) => member(email, 'primary') === true);
  reader.say('email', readText(member(primary, 'value')));
}

/** A list where there may be several, else the one. */
function stateRoles(reader: UserReader): void {
  if (reader.find('roles') !== undefined) {
    return reader.state('roles', 'roles', (roles) => textsOf(roles, 'slug', maxRoles));
  }
  reader.state('roles', 'role', (role) => textsOf([role], 'slug', maxRoles));
}

/** The texts of one name in a list of objects; undefined where one has none. */
export function textsOf(value: ExactJson, name: string, most: number): string[] | undefined {
  const texts = readList(value)
    ?.slice(0, most)
    .map((item) => readText(member(item, name)));
  if (texts === undefined) return undefined;
  const found = texts.filter((text) => text !== undefined);
  return found.length === texts.length ? found : undefined;
}
