import type { Transaction } from '@trunkline/postgres';

import { deliveryLimits } from '../limits.ts';
import type { Lane } from './lane.ts';

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

/** Of each lane what is due and in no chain, oldest first: a lane with a million due rows costs what one with a hundred does. */
export async function readUnordered(
  tx: Transaction,
  lanes: readonly Lane[],
): Promise<ReadonlyMap<string, readonly DueRow[]>> {
  const rows = await tx.query<DueRow>(
    `SELECT ${dueColumns}
     FROM unnest($1::uuid[], $2::integer[]) AS l (endpoint_id, wanted) CROSS JOIN LATERAL (
       SELECT * FROM ${tx.schema}.task WHERE endpoint_id = l.endpoint_id AND order_key IS NULL AND due_at <= now()
       ORDER BY due_at, seq LIMIT l.wanted) t`,
    [lanes.map(({ endpointUuid }) => endpointUuid), lanes.map(wantedOf)],
  );
  return Map.groupBy(rows, (row) => row.endpoint_id);
}

/** Of each lane: how long until the first that is in no chain and not due yet; null where there is none. */
export async function readNextUnordered(
  tx: Transaction,
  lanes: readonly Lane[],
): Promise<ReadonlyMap<string, number | null>> {
  const rows = await tx.query<{ readonly endpoint_id: string; readonly next_in_ms: number | null }>(
    `SELECT l.endpoint_id, (SELECT extract(epoch FROM min(due_at) - now())::double precision * 1000
       FROM ${tx.schema}.task WHERE endpoint_id = l.endpoint_id AND order_key IS NULL AND due_at > now()) AS next_in_ms
     FROM unnest($1::uuid[]) AS l (endpoint_id)`,
    [lanes.map(({ endpointUuid }) => endpointUuid)],
  );
  return new Map(rows.map((row) => [row.endpoint_id, row.next_in_ms]));
}

/** Of endpoints that are deleted: everything is to go, whenever it would have been due, and in whichever chain it is. */
export async function readLeft(
  tx: Transaction,
  lanes: readonly Lane[],
): Promise<ReadonlyMap<string, readonly DueRow[]>> {
  const rows = await tx.query<DueRow>(
    `SELECT ${dueColumns}
     FROM unnest($1::uuid[], $2::integer[]) AS l (endpoint_id, wanted) CROSS JOIN LATERAL (
       SELECT * FROM ${tx.schema}.task WHERE endpoint_id = l.endpoint_id ORDER BY event_id LIMIT l.wanted) t`,
    [lanes.map(({ endpointUuid }) => endpointUuid), lanes.map(wantedOf)],
  );
  return Map.groupBy(rows, (row) => row.endpoint_id);
}

/** Those in hand are found again, and are to leave room for others. */
export function wantedOf({ inHand }: Lane): number {
  return deliveryLimits.laneTasks + inHand.size;
}
