import { type EventId, eventIdOfUuid } from '@trunkline/core';
import type { Database } from '@trunkline/postgres';

import { type EndpointId, endpointIdOfUuid } from '../ids.ts';

/** An event that an endpoint has not been told, and why. */
export interface Undelivered {
  readonly eventId: EventId;
  readonly type: string;
  /** Null: it matched no endpoint. */
  readonly endpointId: EndpointId | null;
  /**
   * `waiting/<last code>` or `waiting/new`; `exhausted/<last code>`, `expired/<last code>`, `discarded/<code>`; `skipped/disabled`;
   * `unmatched/<verdicts>` where no endpoint was to be told.
   */
  readonly reason: string;
  readonly atMs: number;
  /** When it is tried next; null when it is not. */
  readonly nextAtMs: number | null;
}

export interface UndeliveredQuestion {
  readonly tenant: string;
  /** Accepted since then, epoch milliseconds. */
  readonly sinceMs: number;
  readonly endpointId?: EndpointId | undefined;
  readonly signal?: AbortSignal;
}

interface Row {
  readonly event_id: string;
  readonly type: string;
  readonly endpoint_id: string | null;
  readonly reason: string;
  readonly at: Date;
  readonly next_at: Date | null;
}

/** Newest first. Each pair of event and endpoint is there once, with the reason that holds now. */
export async function listUndelivered(
  database: Database,
  question: UndeliveredQuestion & { readonly limit: number },
): Promise<readonly Undelivered[]> {
  const rows = await database.transaction(
    [question.tenant],
    (tx) =>
      tx.query<Row>(`${undeliveredSql(tx.schema)} SELECT * FROM undelivered ORDER BY at DESC, event_id LIMIT $4`, [
        ...valuesOf(question),
        question.limit,
      ]),
    { signal: question.signal },
  );
  return rows.map((row) => ({
    eventId: eventIdOfUuid(row.event_id),
    type: row.type,
    endpointId: row.endpoint_id === null ? null : endpointIdOfUuid(row.endpoint_id),
    reason: row.reason,
    atMs: row.at.getTime(),
    nextAtMs: row.next_at?.getTime() ?? null,
  }));
}

/** How many there are of each reason. */
export async function countUndelivered(
  database: Database,
  question: UndeliveredQuestion,
): Promise<readonly { readonly reason: string; readonly count: number }[]> {
  return await database.transaction(
    [question.tenant],
    (tx) =>
      tx.query<{ readonly reason: string; readonly count: number }>(
        `${undeliveredSql(tx.schema)}
         SELECT reason, count(*)::integer AS count FROM undelivered GROUP BY reason ORDER BY count DESC, reason`,
        valuesOf(question),
      ),
    { signal: question.signal },
  );
}

function valuesOf({ tenant, sinceMs, endpointId }: UndeliveredQuestion): readonly unknown[] {
  return [tenant, sinceMs, endpointId === undefined ? null : endpointId.slice('ep_'.length)];
}

/** An end counts unless the pair waits again (resent), was delivered after it, or ended once more later. */
const undeliveredSql = (schema: string): string => `
WITH asked AS (SELECT $1::text AS tenant, to_timestamp($2::double precision / 1000) AS since, $3::uuid AS endpoint),
undelivered AS (
  SELECT t.event_id, m.type, t.endpoint_id, 'waiting/' || coalesce(t.last_code, 'new') AS reason, m.accepted_at AS at,
    CASE WHEN r.state = 'enabled' THEN t.due_at END AS next_at
  FROM asked JOIN ${schema}.task t ON t.tenant_id = asked.tenant
  JOIN ${schema}.message m ON m.event_id = t.event_id AND m.accepted_at = t.message_at
  JOIN ${schema}.route r ON r.endpoint_id = t.endpoint_id
  WHERE t.message_at >= asked.since AND (asked.endpoint IS NULL OR t.endpoint_id = asked.endpoint)
  UNION ALL
  SELECT a.event_id, a.type, a.endpoint_id, a.outcome || '/' || a.code, a.message_at, NULL
  FROM asked JOIN ${schema}.attempt a ON a.tenant_id = asked.tenant
  WHERE a.outcome IS NOT NULL AND a.outcome <> 'delivered'
    AND a.at >= asked.since AND a.message_at >= asked.since AND (asked.endpoint IS NULL OR a.endpoint_id = asked.endpoint)
    AND NOT EXISTS (SELECT FROM ${schema}.task t WHERE t.endpoint_id = a.endpoint_id AND t.event_id = a.event_id)
    AND NOT EXISTS (SELECT FROM ${schema}.attempt later WHERE later.event_id = a.event_id AND later.endpoint_id = a.endpoint_id
      AND later.outcome IS NOT NULL AND (later.outcome = 'delivered' OR (later.at, later.no) > (a.at, a.no)))
  UNION ALL
  SELECT m.event_id, m.type, NULL, 'unmatched/' || coalesce((SELECT string_agg(DISTINCT verdict.value, '+' ORDER BY verdict.value)
    FROM jsonb_each_text(m.verdicts) AS verdict), 'no_endpoint'), m.accepted_at, NULL
  FROM asked JOIN ${schema}.message m ON m.tenant_id = asked.tenant
  WHERE m.matched = 0 AND m.accepted_at >= asked.since AND asked.endpoint IS NULL
    -- Of an endpoint that was disabled there is a row of its own.
    AND NOT m.verdicts @? '$.* ? (@ == "disabled")'
    AND NOT EXISTS (SELECT FROM ${schema}.task t WHERE t.event_id = m.event_id)
    AND NOT EXISTS (SELECT FROM ${schema}.attempt a WHERE a.event_id = m.event_id)
)`;
