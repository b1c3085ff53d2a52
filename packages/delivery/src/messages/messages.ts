import { type EventId, eventIdOfUuid, uuidOf } from '@trunkline/core';
import type { Database, Transaction } from '@trunkline/postgres';

import { type EndpointId, endpointIdOfUuid, endpointUuid } from '../ids.ts';

/** What was decided of an endpoint when the event came. */
export const verdicts = ['matched', 'type', 'filter', 'filter_failed', 'disabled', 'created_later', 'itself'] as const;
export type Verdict = (typeof verdicts)[number];

/** An event as the endpoints of its tenant are told it. */
export interface Message {
  readonly eventId: EventId;
  readonly tenantId: string;
  readonly type: string;
  readonly acceptedAtMs: number;
  readonly occurredAtMs: number;
  readonly bytes: number;
  /** How many endpoints were to be told. */
  readonly matched: number;
  readonly verdicts: Readonly<Record<EndpointId, Verdict>>;
}

/** A message that has still to reach an endpoint. */
export interface WaitingTask {
  readonly endpointId: EndpointId;
  /** Null: it holds its key until a person decides. */
  readonly dueAtMs: number | null;
  readonly attempts: number;
  readonly lastCode: string | null;
  readonly cause: string;
}

/** One request and what came of it. */
export interface Attempt {
  readonly endpointId: EndpointId;
  readonly no: number;
  readonly atMs: number;
  readonly code: string;
  readonly status: number | null;
  readonly tookMs: number;
  readonly detail: string | null;
  readonly nextAtMs: number | null;
  readonly outcome: string | null;
  readonly cause: string;
  /** The beginning of the answer, where the request failed. */
  readonly body: string | null;
  readonly traceId: string | null;
}

export interface MessageHistory {
  readonly message: Message;
  readonly waiting: readonly WaitingTask[];
  /** Oldest first. */
  readonly attempts: readonly Attempt[];
}

/** What became of a message at all endpoints that it was meant for, or at one. */
export const messageStatuses = ['waiting', 'undelivered', 'delivered', 'unmatched'] as const;
export type MessageStatus = (typeof messageStatuses)[number];

/** Where a page of messages ends: when it was accepted, in microseconds since the epoch, and the uuid of its event. */
export type MessagePlace = readonly [at: string, event: string];

export interface ListedMessage {
  readonly message: Message;
  /** `waiting`: has still to reach one; `undelivered`: will never reach one; else whether it reached any. */
  readonly status: MessageStatus;
  readonly place: MessagePlace;
}

interface MessageRow {
  readonly event_id: string;
  readonly tenant_id: string;
  readonly type: string;
  readonly accepted_at: Date;
  readonly occurred_at: Date;
  readonly bytes: number;
  readonly matched: number;
  readonly verdicts: Readonly<Record<EndpointId, Verdict>>;
}

const messageColumns =
  'm.event_id, m.tenant_id, m.type, m.accepted_at, m.occurred_at, octet_length(m.body) AS bytes, m.matched, m.verdicts';

/** The newest messages of a tenant. */
export async function listMessages(
  database: Database,
  question: {
    readonly tenant: string;
    readonly type?: string | undefined;
    readonly limit: number;
    readonly signal?: AbortSignal;
  },
): Promise<readonly Message[]> {
  const { tenant, type, limit, signal } = question;
  const rows = await database.transaction(
    [tenant],
    (tx) =>
      tx.query<MessageRow>(
        `SELECT ${messageColumns} FROM ${tx.schema}.message m
         WHERE m.tenant_id = $1 AND ($2::text IS NULL OR m.type = $2) ORDER BY m.accepted_at DESC, m.event_id LIMIT $3`,
        [tenant, type ?? null, limit],
      ),
    { signal },
  );
  return rows.map(messageOf);
}

/** A page of the messages of the transaction's tenant, newest first, each with its status and its place. */
export async function readMessages(
  tx: Transaction,
  question: {
    readonly tenant: string;
    readonly type?: string | undefined;
    /** Only what was meant for it or sent to it, and what became of it there. */
    readonly endpointId?: EndpointId | undefined;
    readonly status?: MessageStatus | undefined;
    readonly after?: MessagePlace | undefined;
    readonly limit: number;
  },
): Promise<readonly ListedMessage[]> {
  const { tenant, type, endpointId, status, after, limit } = question;
  const rows = await tx.query<MessageRow & { readonly at_us: string; readonly status: MessageStatus }>(
    listSql(tx.schema),
    [
      tenant,
      type ?? null,
      endpointId === undefined ? null : endpointUuid(endpointId),
      endpointId ?? null,
      status ?? null,
      ...(after ?? [null, null]),
      limit,
    ],
  );
  return rows.map((row) => ({ message: messageOf(row), status: row.status, place: [row.at_us, row.event_id] }));
}

/** `task` is looked up by endpoint: of the one that is asked for, else of each that the tenant has had. */
const listSql = (schema: string): string => `
WITH concerned AS (
  SELECT array_agg(endpoint_id) AS ids FROM ${schema}.endpoint WHERE tenant_id = $1 AND ($3::uuid IS NULL OR endpoint_id = $3))
SELECT ${messageColumns}, (extract(epoch FROM m.accepted_at) * 1000000)::bigint::text AS at_us, became.status
FROM ${schema}.message m CROSS JOIN concerned CROSS JOIN LATERAL (
  SELECT CASE
    WHEN EXISTS (SELECT FROM ${schema}.task t WHERE t.endpoint_id = ANY (concerned.ids) AND t.event_id = m.event_id)
      THEN 'waiting'
    WHEN EXISTS (SELECT FROM ${schema}.attempt a
      WHERE a.event_id = m.event_id AND a.endpoint_id = ANY (concerned.ids) AND a.outcome <> 'delivered'
        AND NOT EXISTS (SELECT FROM ${schema}.attempt other WHERE other.event_id = a.event_id
          AND other.endpoint_id = a.endpoint_id AND other.outcome = 'delivered')) THEN 'undelivered'
    WHEN EXISTS (SELECT FROM ${schema}.attempt a
      WHERE a.event_id = m.event_id AND a.endpoint_id = ANY (concerned.ids) AND a.outcome = 'delivered') THEN 'delivered'
    ELSE 'unmatched' END AS status) AS became
WHERE m.tenant_id = $1 AND ($2::text IS NULL OR m.type = $2)
  AND ($4::text IS NULL OR m.verdicts ->> $4 IN ('matched', 'disabled') OR became.status <> 'unmatched')
  AND ($5::text IS NULL OR became.status = $5)
  AND ($6::bigint IS NULL
    OR (m.accepted_at, m.event_id) < (timestamptz 'epoch' + $6::bigint * interval '1 microsecond', $7::uuid))
ORDER BY m.accepted_at DESC, m.event_id DESC LIMIT $8::integer`;

/** A message with everything that became of it; undefined where none of the tenants has it. */
export async function findMessage(
  database: Database,
  question: { readonly eventId: EventId; readonly tenants: readonly string[]; readonly signal?: AbortSignal },
): Promise<MessageHistory | undefined> {
  const { eventId, tenants, signal } = question;
  return await database.transaction(tenants, (tx) => readHistory(tx, eventId), { signal });
}

/** The same in a transaction of its tenants. */
export async function readHistory(tx: Transaction, eventId: EventId): Promise<MessageHistory | undefined> {
  const uuid = uuidOf(eventId);
  const [row] = await tx.query<MessageRow>(
    `SELECT ${messageColumns} FROM ${tx.schema}.message m WHERE m.event_id = $1::uuid`,
    [uuid],
  );
  if (row === undefined) return undefined;
  const tasks = await tx.query<TaskRow>(
    // The tenant of the message, which row-level security has shown: `task` has none.
    `SELECT endpoint_id, CASE WHEN isfinite(due_at) THEN due_at END AS due_at, attempts, last_code, cause FROM ${tx.schema}.task
     WHERE event_id = $1::uuid AND tenant_id = $2 ORDER BY task.due_at`,
    [uuid, row.tenant_id],
  );
  const attempts = await tx.query<AttemptRow>(
    `SELECT endpoint_id, no, at, code, status, took_ms, detail, next_at, outcome, cause, body, trace_id
     FROM ${tx.schema}.attempt WHERE event_id = $1::uuid ORDER BY at, no`,
    [uuid],
  );
  return {
    message: messageOf(row),
    waiting: tasks.map((task) => ({
      endpointId: endpointIdOfUuid(task.endpoint_id),
      dueAtMs: task.due_at?.getTime() ?? null,
      attempts: task.attempts,
      lastCode: task.last_code,
      cause: task.cause,
    })),
    attempts: attempts.map((attempt) => ({
      endpointId: endpointIdOfUuid(attempt.endpoint_id),
      no: attempt.no,
      atMs: attempt.at.getTime(),
      code: attempt.code,
      status: attempt.status,
      tookMs: attempt.took_ms,
      detail: attempt.detail,
      nextAtMs: attempt.next_at?.getTime() ?? null,
      outcome: attempt.outcome,
      cause: attempt.cause,
      body: attempt.body?.toString('utf8') ?? null,
      traceId: attempt.trace_id,
    })),
  };
}

interface TaskRow {
  readonly endpoint_id: string;
  readonly due_at: Date | null;
  readonly attempts: number;
  readonly last_code: string | null;
  readonly cause: string;
}

interface AttemptRow {
  readonly endpoint_id: string;
  readonly no: number;
  readonly at: Date;
  readonly code: string;
  readonly status: number | null;
  readonly took_ms: number;
  readonly detail: string | null;
  readonly next_at: Date | null;
  readonly outcome: string | null;
  readonly cause: string;
  readonly body: Buffer | null;
  readonly trace_id: string | null;
}

function messageOf(row: MessageRow): Message {
  return {
    eventId: eventIdOfUuid(row.event_id),
    tenantId: row.tenant_id,
    type: row.type,
    acceptedAtMs: row.accepted_at.getTime(),
    occurredAtMs: row.occurred_at.getTime(),
    bytes: row.bytes,
    matched: row.matched,
    verdicts: row.verdicts,
  };
}
