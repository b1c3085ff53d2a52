import type { Metadata } from '@trunkline/events';
import type { EntityKey } from '@trunkline/postgres';

/** The entity that an event is about. */
export function entityOf({ tenantId, provider, account, entityKind: kind, entityId }: Metadata): EntityKey {
  return { tenantId, provider, account, kind, entityId };
}
