import { type EventId, eventIdOfUuid, uuidOf } from '@trunkline/core';
import type { Database, Transaction } from '@trunkline/postgres';

import { type EndpointId, endpointIdOfUuid } from '../ids.ts';

/** What was decided of an endpoint when the event came. */
export type Verdict = 'matched' | 'type' | 'disabled' | 'created_later';

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
  readonly dueAtMs: number;
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
    `SELECT endpoint_id, due_at, attempts, last_code, cause FROM ${tx.schema}.task
     WHERE event_id = $1::uuid AND tenant_id = $2 ORDER BY due_at`,
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
      dueAtMs: task.due_at.getTime(),
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
  readonly due_at: Date;
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
