import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readTelephone } from '../contract/telephone.ts';
import { isJsonLeftOut, readJsonText } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readFlag, readText } from '../contract/values.ts';

type UserType = EventTypeOf<'identity.user.v1'>;

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
  reader.state('phone', 'phone_number', readTelephone);
  reader.state('phoneVerified', 'phone_verified', readFlag);
  reader.state('locale', 'locale', readText);
  reader.state('attributesJson', 'app_metadata', readJsonText);
  reader.state('attributesTruncated', 'app_metadata', isJsonLeftOut);
  reader.state('lastSignInAt', 'last_login', readInstant);
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
  return reader.fact(type);
}
