import type { ExactJson, ExactObject } from '@trunkline/events';

import { member, objectMember, textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { telephoneNumber } from '../contract/telephone.ts';
import { isJsonLeftOut, readJsonText } from '../contract/texts.ts';
import { readMilliseconds } from '../contract/times.ts';
import { readFlag, readList, readText } from '../contract/values.ts';
import type { Action } from './action.ts';

type UserReader = SnapshotReader<'identity.user.v1'>;

/**
 * https://clerk.com/docs/reference/backend-api: the user object. A deleted one is its id alone. What users write about
 * themselves (unsafe_metadata), pictures and sign-in factors are left out.
 */
export function userFact(user: ExactObject, action: Action): SnapshotFact {
  const reader: UserReader = new SnapshotReader('identity.user.v1', user);
  if (action !== 'updated') reader.say('isDeleted', action === 'deleted');
  if (action === 'deleted') return reader.fact('identity.user.deleted');

  reader.say('status', userStatus(user));
  statePrimary(reader, user, email);
  statePrimary(reader, user, phone);
  reader.state('firstName', 'first_name', readText);
  reader.state('lastName', 'last_name', readText);
  reader.state('username', 'username', readText);
  reader.state('externalId', 'external_id', readText);
  reader.state('locale', 'locale', readText);
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

/** What a user has a list of, of which one is the primary, by its id. */
interface Primary {
  readonly idMember: string;
  readonly listMember: string;
  readonly valueMember: string;
  readonly field: 'email' | 'phone';
  readonly verifiedField: 'emailVerified' | 'phoneVerified';
  readonly read: (text: string) => string;
}

const email: Primary = {
  idMember: 'primary_email_address_id',
  listMember: 'email_addresses',
  valueMember: 'email_address',
  field: 'email',
  verifiedField: 'emailVerified',
  read: (text) => text,
};

const phone: Primary = {
  idMember: 'primary_phone_number_id',
  listMember: 'phone_numbers',
  valueMember: 'phone_number',
  field: 'phone',
  verifiedField: 'phoneVerified',
  read: (text) => telephoneNumber(text),
};

/** Without a primary one the user has none. */
function statePrimary(reader: UserReader, user: ExactObject, primary: Primary): void {
  const id: ExactJson | undefined = user[primary.idMember];
  if (id === undefined) return;
  if (id === null) {
    reader.say(primary.field, null);
    reader.say(primary.verifiedField, null);
    return;
  }
  const item = readList(user[primary.listMember])?.find((one) => member(one, 'id') === id);
  const value = textMember(item, primary.valueMember);
  if (value === undefined) {
    reader.flaw(primary.idMember);
    return;
  }
  reader.say(primary.field, primary.read(value));
  reader.say(primary.verifiedField, textMember(objectMember(item, 'verification'), 'status') === 'verified');
}
