import { nameBasedHex, netstrings, uuidText } from '@trunkline/core';
import type { EntityKey } from '@trunkline/postgres';

/** The id of the person that a contact is by itself: the same at every time and in every installation. */
export function personId({ tenantId, provider, account, kind, entityId }: EntityKey): string {
  return uuidText(nameBasedHex(netstrings(['p1', tenantId, provider, account, kind, entityId])));
}
