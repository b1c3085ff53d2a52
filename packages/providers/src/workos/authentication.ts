import { type EventTypeOf, type ExactObject, textLimit } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isCut, textUpTo } from '../contract/texts.ts';
import { readText } from '../contract/values.ts';

type SessionType = EventTypeOf<'identity.session.v1'>;

/** https://workos.com/docs/events: the ways to prove who one is, each of which succeeds or fails. */
const methods = ['email_verification', 'magic_auth', 'mfa', 'oauth', 'passkey', 'password', 'sso'];

export const authenticationTypes: ReadonlyMap<string, SessionType> = new Map<string, SessionType>([
  ...methods.flatMap((method): [string, SessionType][] => [
    [`authentication.${method}_succeeded`, 'identity.session.sign_in_succeeded'],
    [`authentication.${method}_failed`, 'identity.session.sign_in_failed'],
  ]),
  ['authentication.sso_timed_out', 'identity.session.sign_in_failed'],
]);

/** Network address and device are left out. */
export function authenticationFact(attempt: ExactObject, name: string): SnapshotFact | undefined {
  const type = authenticationTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('identity.session.v1', attempt);
  reader.say('outcome', type === 'identity.session.sign_in_succeeded' ? 'succeeded' : 'failed');
  reader.state('providerStatus', 'status', readText);
  reader.state('userId', 'user_id', readText);
  reader.state('email', 'email', readText);
  reader.state('method', 'type', readText);
  reader.state('organizationId', 'sso.organization_id', readText);
  reader.state('connectionId', 'sso.connection_id', readText);
  reader.state('failureCode', 'error.code', readText);
  reader.state('failureReason', 'error.message', textUpTo(textLimit.reason));
  reader.state('failureReasonTruncated', 'error.message', isCut(textLimit.reason));
  return reader.fact(type);
}
