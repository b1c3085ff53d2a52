import type { ExactJson, ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readMilliseconds } from '../contract/times.ts';
import { readText } from '../contract/values.ts';

/** What became of a session: three types end one, its status says how. */
export type SessionState = 'pending' | 'active' | 'ended';

/** https://clerk.com/docs/reference/backend-api: the session object. */
export function sessionFact(session: ExactObject, state: SessionState): SnapshotFact {
  const reader = new SnapshotReader('identity.session.v1', session);
  reader.say('status', state);
  reader.state('providerStatus', 'status', readText);
  reader.state('userId', 'user_id', readText);
  reader.state('organizationId', 'last_active_organization_id', readText);
  reader.state('impersonatedBy', 'actor.sub', readText);
  if (state === 'ended') reader.state('endReason', 'status', readEndReason);
  reader.state('expiresAt', 'expire_at', readMilliseconds);
  reader.state('createdAt', 'created_at', readMilliseconds);
  reader.state('updatedAt', 'updated_at', readMilliseconds);
  return reader.fact(types[state]);
}

const types = {
  pending: 'identity.session.pending',
  active: 'identity.session.created',
  ended: 'identity.session.ended',
} as const;

/** A session is removed when its user signs out. */
function readEndReason(value: ExactJson): string | undefined {
  return value === 'removed' ? 'logout' : readText(value);
}
