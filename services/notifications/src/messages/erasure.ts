import type { ClearEntities } from '@trunkline/consumer';
import type { RequestId } from '@trunkline/core';
import {
  entityColumns,
  type EntityKey,
  entityParameters,
  entityValues,
  type PartyAddress,
  takeErasureTurn,
  type Transaction,
  writePartyAddresses,
} from '@trunkline/postgres';

import type { NotificationRequest } from './take.ts';

/** A message as something that people take part in. */
export function keyOfMessage(tenantId: string, requestId: RequestId): EntityKey {
  return { tenantId, provider: 'trunkline', account: 'notifications', kind: 'message', entityId: requestId };
}

/** Waits for erasures that concern the requests; before anything of theirs is written. */
export async function takeTurnOf(tx: Transaction, requests: readonly NotificationRequest[]): Promise<void> {
  await takeErasureTurn(tx, [
    ...requests.map(({ record }) => ({ tenantId: record.metadata.tenantId })),
    ...requests.flatMap(namedIn).map(({ key: { tenantId }, digest }) => ({ tenantId, digest })),
  ]);
}

/** Remembers whom the requests' messages may name, and clears those whose people are erased already. */
export async function rememberNamed(tx: Transaction, requests: readonly NotificationRequest[]): Promise<void> {
  const named = requests.flatMap(namedIn);
  await writePartyAddresses(tx, named);
  await clearMessages(
    tx,
    named.map(({ key }) => key),
  );
}

function namedIn({ record, requestId }: NotificationRequest): readonly PartyAddress[] {
  const { metadata, aboutDigests, aboutOccurredAt } = record;
  // What is no digest is nobody's, and no erasure can name it.
  return (aboutDigests ?? [])
    .filter((digest) => /^[0-9a-f]{64}$/.test(digest))
    .map((digest) => ({
      key: keyOfMessage(metadata.tenantId, requestId),
      party: 'about',
      digest,
      sinceMs: aboutOccurredAt ?? metadata.requestedAt,
    }));
}

/**
 * Forgets what messages say that name somebody who is erased, whether they were told or not. What is to become of them
 * from there is decided by who sends them (`nextStep`), which is soon.
 */
export const clearMessages: ClearEntities = async (tx, keys) => {
  if (keys.length === 0) return;
  await tx.query(clearSql, entityValues(keys));
};

// A digest that was called has its words from what it told of.
const clearSql = `
WITH erased AS (
  SELECT tenant_id, substr(entity_id, 5)::uuid AS request_id, max(a.erased_until) AS erased_until
  FROM unnest(${entityParameters(1)}) AS k (${entityColumns})
  JOIN notifications.party_address p USING (${entityColumns})
  JOIN notifications.erased_address a USING (tenant_id, digest)
  WHERE p.since <= a.erased_until
  GROUP BY tenant_id, request_id
),
concerned AS (
  SELECT tenant_id, request_id, erased_until FROM erased
  UNION
  SELECT m.tenant_id, m.digest_id, e.erased_until FROM erased e
  JOIN notifications.message m ON (m.tenant_id, m.request_id) = (e.tenant_id, e.request_id)
  JOIN notifications.message d ON (d.tenant_id, d.request_id) = (m.tenant_id, m.digest_id)
  WHERE d.attempts > 0
),
cleared AS (
  UPDATE notifications.message m SET content = NULL, erased_at = c.erased_until, changed_at = clock_timestamp()
  FROM (SELECT tenant_id, request_id, max(erased_until) AS erased_until FROM concerned GROUP BY 1, 2) c
  WHERE (m.tenant_id, m.request_id) = (c.tenant_id, c.request_id)
  RETURNING m.request_id, m.state
)
UPDATE notifications.turn t SET due_at = clock_timestamp()
FROM cleared WHERE t.request_id = cleared.request_id AND cleared.state IN ('asked', 'no_sender', 'unknown')`;

/** What stands for a message by another channel names whom it named. */
export async function copyNamed(
  tx: Transaction,
  tenantId: string,
  { from, to }: { readonly from: RequestId; readonly to: RequestId },
): Promise<void> {
  await tx.query(copySql, [tenantId, from, to]);
}

const copySql = `
INSERT INTO notifications.party_address (${entityColumns}, party, digest, since)
SELECT tenant_id, provider, account, kind, $3, party, digest, since FROM notifications.party_address
WHERE (tenant_id, provider, account, kind, entity_id) = ($1, 'trunkline', 'notifications', 'message', $2)
ON CONFLICT DO NOTHING`;

/** With the message itself. */
export async function forgetNamed(tx: Transaction, tenantId: string, requestId: RequestId): Promise<void> {
  await tx.query(
    `DELETE FROM notifications.party_address
     WHERE (tenant_id, provider, account, kind, entity_id) = ($1, 'trunkline', 'notifications', 'message', $2)`,
    [tenantId, requestId],
  );
}
