import { type EventTypeOf, type ExactObject, textLimit } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { readMailbox } from '../contract/mail-address.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isCut, textUpTo } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readText } from '../contract/values.ts';

type SessionType = EventTypeOf<'identity.session.v1'>;

/**
 * https://auth0.com/docs/deploy-monitor/logs/log-event-type-codes: who logged in or out, and who could not. A silent
 * authentication that fails only says that nobody is logged in, so it is none of them.
 */
export const attemptTypes: ReadonlyMap<string, SessionType> = new Map([
  ['s', 'identity.session.sign_in_succeeded'],
  ['sepft', 'identity.session.sign_in_succeeded'],
  ['f', 'identity.session.sign_in_failed'],
  ['fp', 'identity.session.sign_in_failed'],
  ['fu', 'identity.session.sign_in_failed'],
  ['fepft', 'identity.session.sign_in_failed'],
  ['gd_auth_failed', 'identity.session.sign_in_failed'],
  ['slo', 'identity.session.signed_out'],
]);

/** Somebody signed up. An event stream tells of the same user as user.created. */
export const signUpType = 'ss';

/** Other logs, as far as they are common. */
export const passedOnLogs: readonly string[] = [
  'fs',
  'fsa',
  'ssa',
  'seacft',
  'sertft',
  'feacft',
  'flo',
  'scp',
  'scpr',
  'sv',
  'limit_wc',
  'limit_mu',
  'gd_auth_succeed',
  'sapi',
  'fapi',
];

/** Network address, device and place are left out. */
export function attemptFact(log: ExactObject, type: SessionType): SnapshotFact {
  const reader = new SnapshotReader('identity.session.v1', log);
  if (type !== 'identity.session.signed_out') {
    reader.say('outcome', type === 'identity.session.sign_in_succeeded' ? 'succeeded' : 'failed');
  }
  reader.state('providerStatus', 'type', readText);
  reader.state('userId', 'user_id', readText);
  reader.say('email', emailOf(log));
  reader.state('method', 'strategy', readText);
  reader.state('organizationId', 'organization_id', readText);
  reader.state('connectionId', log['connection_id'] === undefined ? 'connection' : 'connection_id', readText);
  reader.state('applicationId', 'client_id', readText);
  if (type === 'identity.session.sign_in_failed') {
    reader.state('failureReason', 'description', textUpTo(textLimit.reason));
    reader.state('failureReasonTruncated', 'description', isCut(textLimit.reason));
  }
  return reader.fact(type);
}

export function signUpFact(log: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('identity.user.v1', log);
  reader.say('isDeleted', false);
  reader.say('email', emailOf(log));
  reader.state('createdAt', 'date', readInstant);
  return reader.fact('identity.user.created');
}

/** A user name is an address in most tenants; where it is none, nothing is known of an address. */
function emailOf(log: ExactObject): string | undefined {
  return readMailbox(textMember(log, 'user_name') ?? '')?.address;
}
