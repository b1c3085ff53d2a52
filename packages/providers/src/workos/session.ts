import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readText } from '../contract/values.ts';

type SessionType = EventTypeOf<'identity.session.v1'>;

export const sessionTypes: ReadonlyMap<string, SessionType> = new Map([
  ['session.created', 'identity.session.created'],
  ['session.revoked', 'identity.session.ended'],
]);

/** Network address and device are left out. */
export function sessionFact(session: ExactObject, name: string): SnapshotFact | undefined {
  const type = sessionTypes.get(name);
  if (type === undefined) return undefined;
  const isOver = type === 'identity.session.ended';
  const reader = new SnapshotReader('identity.session.v1', session);
  reader.say('status', isOver ? 'ended' : 'active');
  reader.state('providerStatus', 'status', readText);
  reader.state('userId', 'user_id', readText);
  reader.state('organizationId', 'organization_id', readText);
  reader.state('method', 'auth_method', readText);
  reader.say('endReason', isOver ? 'revoked' : null);
  reader.state('impersonatedBy', 'impersonator.email', readText);
  reader.state('expiresAt', 'expires_at', readInstant);
  reader.state('endedAt', 'ended_at', readInstant);
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
  return reader.fact(type);
}
