import { type EventId, eventIdOfUuid } from '@trunkline/core';
import type { Database, Transaction } from '@trunkline/postgres';

import { type EndpointId, endpointIdOfUuid } from '../ids.ts';

/** What a reason begins with; behind a slash stands what happened last, or which verdicts there were. */
export const undeliveredKinds = [
  'waiting',
  'held',
  'exhausted',
  'expired',
  'discarded',
  'skipped',
  'unmatched',
] as const;

/** A whole reason, or its beginning up to a slash. */
export const undeliveredReason: RegExp = new RegExp(`^(?:${undeliveredKinds.join('|')})(?:/[^/]+)?$`);

/** An event that an endpoint has not been told, and why. */
export interface Undelivered {
  readonly eventId: EventId;
  readonly type: string;
  /** Null: it matched no endpoint. */
  readonly endpointId: EndpointId | null;
  /**
   * `waiting/<last code>` or `waiting/new`; `waiting/paused`: until its endpoint is resumed; `waiting/order`: behind another one
   * of its key; `held/<last code>`: given up, and its key waits for a person; `exhausted/<last code>`, `expired/<last code>`,
   * `discarded/<code>`; `skipped/disabled`,
   * `skipped/filter_failed`;
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
  /** The whole reason, or its beginning up to a slash: `waiting`, `exhausted/http_5xx`. */
  readonly reason?: string | undefined;
}

/** Where a page of the list ends: when it was accepted, in microseconds since the epoch; the uuids of event and endpoint. */
export type UndeliveredPlace = readonly [at: string, event: string, endpoint: string];

interface Row {
  readonly at_us: string;
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
  { signal, ...question }: UndeliveredQuestion & { readonly limit: number; readonly signal?: AbortSignal },
): Promise<readonly Undelivered[]> {
  const page = await database.transaction([question.tenant], (tx) => readUndelivered(tx, question), { signal });
  return page.map(({ undelivered }) => undelivered);
}

/** A page of the same in a transaction of the tenant, each with its place. */
export async function readUndelivered(
  tx: Transaction,
  question: UndeliveredQuestion & { readonly after?: UndeliveredPlace | undefined; readonly limit: number },
): Promise<readonly { readonly undelivered: Undelivered; readonly place: UndeliveredPlace }[]> {
  const { after, limit } = question;
  const rows = await tx.query<Row>(
    `${undeliveredSql(tx.schema)}
     SELECT *, (extract(epoch FROM at) * 1000000)::bigint::text AS at_us FROM undelivered
     WHERE $5::bigint IS NULL OR (at, event_id, coalesce(endpoint_id, $8::uuid))
       < (timestamptz 'epoch' + $5::bigint * interval '1 microsecond', $6::uuid, $7::uuid)
     ORDER BY at DESC, event_id DESC, coalesce(endpoint_id, $8::uuid) DESC LIMIT $9`,
    [...valuesOf(question), ...(after ?? [null, null, null]), noEndpoint, limit],
  );
  return rows.map((row) => ({
    undelivered: {
      eventId: eventIdOfUuid(row.event_id),
      type: row.type,
      endpointId: row.endpoint_id === null ? null : endpointIdOfUuid(row.endpoint_id),
      reason: row.reason,
      atMs: row.at.getTime(),
      nextAtMs: row.next_at?.getTime() ?? null,
    },
    place: [row.at_us, row.event_id, row.endpoint_id ?? noEndpoint],
  }));
}

/** Stands in the place of an endpoint where an event matched none. */
const noEndpoint = '00000000-0000-0000-0000-000000000000';

export interface UndeliveredCount {
  readonly reason: string;
  readonly count: number;
}

/** How many there are of each reason. */
export async function countUndelivered(
  database: Database,
  { signal, ...question }: UndeliveredQuestion & { readonly signal?: AbortSignal },
): Promise<readonly UndeliveredCount[]> {
  return await database.transaction([question.tenant], (tx) => readUndeliveredCounts(tx, question), { signal });
}

/** The same in a transaction of the tenant. */
export async function readUndeliveredCounts(
  tx: Transaction,
  question: UndeliveredQuestion,
): Promise<readonly UndeliveredCount[]> {
  return await tx.query<UndeliveredCount>(
    `${undeliveredSql(tx.schema)}
     SELECT reason, count(*)::integer AS count FROM undelivered GROUP BY reason ORDER BY count DESC, reason`,
    valuesOf(question),
  );
}

function valuesOf({ tenant, sinceMs, endpointId, reason }: UndeliveredQuestion): readonly unknown[] {
  return [tenant, sinceMs, endpointId === undefined ? null : endpointId.slice('ep_'.length), reason ?? null];
}

/** An end counts unless the pair waits again (resent), was delivered after it, or ended once more later. */
const undeliveredSql = (schema: string): string => `
WITH asked AS (SELECT $1::text AS tenant, to_timestamp($2::double precision / 1000) AS since, $3::uuid AS endpoint),
undelivered AS (SELECT * FROM (
  SELECT t.event_id, m.type, t.endpoint_id, CASE WHEN NOT isfinite(t.due_at) THEN 'held/' || t.last_code
      WHEN e.state = 'paused' THEN 'waiting/paused' WHEN behind.it THEN 'waiting/order'
      ELSE 'waiting/' || coalesce(t.last_code, 'new') END AS reason, m.accepted_at AS at,
    CASE WHEN e.state = 'enabled' AND isfinite(t.due_at) AND NOT behind.it THEN t.due_at END AS next_at
  FROM asked JOIN ${schema}.task t ON t.tenant_id = asked.tenant
  JOIN ${schema}.message m ON m.event_id = t.event_id AND m.accepted_at = t.message_at
  JOIN ${schema}.endpoint e ON e.endpoint_id = t.endpoint_id
  CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM ${schema}.task before WHERE before.endpoint_id = t.endpoint_id
    AND before.order_key = t.order_key AND before.seq < t.seq) AS it) AS behind
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
    -- Of an endpoint that was disabled, or whose filter failed, there is a row of its own.
    AND NOT m.verdicts @? '$.* ? (@ == "disabled" || @ == "filter_failed")'
    AND NOT EXISTS (SELECT FROM ${schema}.task t WHERE t.event_id = m.event_id)
    AND NOT EXISTS (SELECT FROM ${schema}.attempt a WHERE a.event_id = m.event_id)
) AS pair WHERE $4::text IS NULL OR reason = $4 OR starts_with(reason, $4 || '/'))`;
