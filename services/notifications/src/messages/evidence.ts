import { jsonText, type Transaction } from '@trunkline/postgres';

/** What a provider told of a message by a webhook of its own. */
export interface Evidence {
  readonly tenantId: string;
  /** As it was given to the provider, where its webhook gives it back. */
  readonly requestId: string | undefined;
  readonly provider: string;
  readonly providerMessageId: string;
  readonly state: 'accepted' | 'delivered' | 'undelivered';
  readonly code: string | null;
  readonly eventId: string;
  readonly version: string;
}

/**
 * Moves the messages that were told of, also those that nobody could say of whether they were sent. Of several events the
 * newest version counts, whichever comes first. What is of nobody's message here changes nothing.
 */
export async function takeEvidence(tx: Transaction, evidence: readonly Evidence[]): Promise<void> {
  if (evidence.length === 0) return;
  const rows = evidence.map(({ requestId, eventId, ...one }) => ({
    ...one,
    requestId: requestId !== undefined && /^req_[0-9a-f]{32}$/.test(requestId) ? requestId.slice(4) : null,
    eventId: eventId.slice(4),
  }));
  const moved = await tx.query<{ readonly request_id: string; readonly state: string }>(evidenceSql, [jsonText(rows)]);
  const undelivered = moved.flatMap(({ request_id: id, state }) => (state === 'undelivered' ? [id] : []));
  // A sender looks whether the person has another channel.
  if (undelivered.length > 0)
    await tx.query('UPDATE notifications.turn SET due_at = clock_timestamp() WHERE request_id = ANY ($1::uuid[])', [
      undelivered,
    ]);
}

// A message that was never given to a provider is not what the provider tells of.
const evidenceSql = `
UPDATE notifications.message m
SET state = e.state, code = e.code, detail = NULL, provider = e.provider, provider_message_id = e."providerMessageId",
  evidence_id = e."eventId", evidence_version = e.version, changed_at = clock_timestamp(),
  fallback_open = (e.state = 'undelivered')
FROM (
  SELECT DISTINCT ON ("tenantId", provider, "providerMessageId") *
  FROM jsonb_to_recordset($1::jsonb) AS told("tenantId" text, "requestId" uuid, provider text, "providerMessageId" text,
    state text, code text, "eventId" uuid, version text)
  ORDER BY "tenantId", provider, "providerMessageId", version COLLATE "C" DESC
) e
WHERE m.tenant_id = e."tenantId"
  AND (m.request_id = e."requestId" OR (m.provider = e.provider AND m.provider_message_id = e."providerMessageId"))
  AND m.state IN ('sending', 'accepted', 'delivered', 'undelivered', 'unknown', 'held', 'failed')
  AND (m.evidence_version IS NULL OR m.evidence_version < e.version COLLATE "C")
RETURNING m.request_id::text, m.state`;
