import { type EndpointId, endpointIdOfUuid } from '@trunkline/delivery';
import type { Database, Transaction } from '@trunkline/postgres';

import type { Lane } from './lane.ts';

/** A lane, and how many of its tasks are asked for. */
export interface Wanting extends Pick<Lane, 'endpointUuid'> {
  readonly wanted: number;
}

/** A task that is due, without its message. */
export interface DueRow {
  readonly endpoint_id: string;
  readonly event_id: string;
  readonly tenant_id: string;
  readonly message_at: string;
  readonly born_ms: number;
  readonly attempts: number;
  readonly counted: number;
  readonly bytes: number;
  readonly cause: string;
  readonly job_id: string | null;
  /** The chain that it is in; null: in none. */
  readonly order_key: string | null;
  readonly released: boolean;
}

/** Of a task `t`. */
export const dueColumns = `t.endpoint_id, t.event_id, t.tenant_id, t.message_at::text AS message_at,
  extract(epoch FROM t.born_at)::double precision * 1000 AS born_ms, t.attempts, t.counted, t.bytes, t.cause,
  t.job_id, t.order_key::text AS order_key, t.released`;

/** Of a lane what is due and in no chain, oldest first. */
export interface DueOfLane {
  readonly rows: readonly DueRow[];
  /** Until the first that is not due yet; null where there is none. */
  readonly nextInMs: number | null;
}

/** A task of the lane; or none, where nothing of it is due. */
type LaneRow = { readonly lane: string; readonly next_in_ms: number | null } & (DueRow | { readonly event_id: null });

/**
 * Of each lane, by one moment: a task is either due or next. A lane with a million due rows costs what one with a hundred does.
 */
export async function readUnordered(
  tx: Transaction,
  lanes: readonly Wanting[],
): Promise<ReadonlyMap<string, DueOfLane>> {
  const rows = await tx.query<LaneRow>(
    `WITH lane AS MATERIALIZED (
       SELECT l.*, (SELECT extract(epoch FROM min(due_at) - now())::double precision * 1000 FROM ${tx.schema}.task
         WHERE endpoint_id = l.lane AND order_key IS NULL AND due_at > now()) AS next_in_ms
       FROM unnest($1::uuid[], $2::integer[]) AS l (lane, wanted))
     SELECT lane.lane, lane.next_in_ms, ${dueColumns}
     FROM lane LEFT JOIN LATERAL (
       SELECT * FROM ${tx.schema}.task WHERE endpoint_id = lane.lane AND order_key IS NULL AND due_at <= now()
       ORDER BY due_at, seq LIMIT lane.wanted) t ON true`,
    [lanes.map(({ endpointUuid }) => endpointUuid), lanes.map(({ wanted }) => wanted)],
  );
  return new Map(
    [...Map.groupBy(rows, (row) => row.lane)].map(([lane, own]) => [
      lane,
      { rows: own.flatMap((row) => (row.event_id === null ? [] : [row])), nextInMs: own[0]?.next_in_ms ?? null },
    ]),
  );
}

/** Of endpoints that are deleted: everything is to go, whenever it would have been due, and in whichever chain it is. */
export async function readLeft(
  tx: Transaction,
  lanes: readonly Wanting[],
): Promise<ReadonlyMap<string, readonly DueRow[]>> {
  const rows = await tx.query<DueRow>(
    `SELECT ${dueColumns}
     FROM unnest($1::uuid[], $2::integer[]) AS l (endpoint_id, wanted) CROSS JOIN LATERAL (
       SELECT * FROM ${tx.schema}.task WHERE endpoint_id = l.endpoint_id ORDER BY event_id LIMIT l.wanted) t`,
    [lanes.map(({ endpointUuid }) => endpointUuid), lanes.map(({ wanted }) => wanted)],
  );
  return Map.groupBy(rows, (row) => row.endpoint_id);
}

/** Of an endpoint that has tasks the one that has been due longest, or will be due first. */
export interface OldestTask {
  readonly endpointId: EndpointId;
  /** Null where it has chains: which of their tasks may be sent is not known by one of them. */
  readonly eventUuid: string | null;
  /** Less than 0 where it is due; null with `eventUuid`. */
  readonly dueInMs: number | null;
}

/** Of all endpoints that have tasks, whatever of them waits: each is three steps down an index, and one without tasks costs nothing. */
export async function readOldestTasks(database: Database, signal: AbortSignal): Promise<readonly OldestTask[]> {
  const task = `${database.schema}.task`;
  const rows = await database.statement<{
    readonly endpoint_id: string;
    readonly event_id: string | null;
    readonly due_in_ms: number | null;
  }>(
    `WITH RECURSIVE found AS (
       (SELECT endpoint_id FROM ${task} ORDER BY endpoint_id LIMIT 1)
       UNION ALL
       SELECT next.endpoint_id FROM found CROSS JOIN LATERAL (
         SELECT endpoint_id FROM ${task} WHERE endpoint_id > found.endpoint_id ORDER BY endpoint_id LIMIT 1) AS next)
     SELECT found.endpoint_id, oldest.event_id, extract(epoch FROM oldest.due_at - now())::double precision * 1000 AS due_in_ms
     FROM found LEFT JOIN LATERAL (
       SELECT event_id, due_at FROM ${task} WHERE endpoint_id = found.endpoint_id AND order_key IS NULL
       ORDER BY due_at, seq LIMIT 1) AS oldest
       ON NOT EXISTS (SELECT FROM ${task} WHERE endpoint_id = found.endpoint_id AND order_key IS NOT NULL)`,
    [],
    { signal },
  );
  return rows.map((row) => ({
    endpointId: endpointIdOfUuid(row.endpoint_id),
    eventUuid: row.event_id,
    dueInMs: row.due_in_ms,
  }));
}
