import { type DeliveryId, type EventId, eventIdOfUuid, uuidOf } from '@trunkline/core';

import type { Database } from './database.ts';
import type { Transaction } from './transaction.ts';

/** One row of a service's inbox: this event had its effect, in the transaction that wrote the row. */
export interface InboxEntry {
  readonly eventId: EventId;
  readonly tenantId: string;
  readonly originalTopic: string;
  readonly originalPartition: number;
  readonly originalOffset: bigint;
  readonly via: 'main' | 'retry' | 'redrive';
  /** Finished runs since the last redrive, plus this one. */
  readonly attempt: number;
  readonly redriveCount: number;
  /** 32 hex digits; null when nothing traced the run. */
  readonly traceId: string | null;
  readonly deliveryId: DeliveryId;
}

/**
 * Claims the events for this transaction and returns those that nobody had claimed: only their effects may be applied.
 * A claim by another open transaction is waited for.
 */
export async function claimEvents(tx: Transaction, entries: readonly InboxEntry[]): Promise<Set<EventId>> {
  if (entries.length === 0) return new Set();
  const rows = await tx.query<{ readonly event_id: string }>(claimSql(tx.schema), [
    entries.map((entry) => uuidOf(entry.eventId)),
    entries.map((entry) => entry.tenantId),
    entries.map((entry) => entry.originalTopic),
    entries.map((entry) => entry.originalPartition),
    entries.map((entry) => String(entry.originalOffset)),
    entries.map((entry) => entry.via),
    entries.map((entry) => entry.attempt),
    entries.map((entry) => entry.redriveCount),
    entries.map((entry) => entry.traceId),
    entries.map((entry) => uuidOf(entry.deliveryId)),
  ]);
  return new Set(rows.map((row) => eventIdOfUuid(row.event_id)));
}

/** Sorted: two transactions that claim the same ids in different orders would deadlock. */
const claimSql = (schema: string): string => `
INSERT INTO ${schema}.inbox
  (event_id, tenant_id, outcome, original_topic, original_partition, original_offset, via, attempt, redrive_count,
   trace_id, delivery_id)
SELECT event_id, tenant_id, 'applied', topic, part, off, via, attempt, redrives, trace_id, delivery_id
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::bigint[], $6::text[], $7::integer[], $8::integer[],
  $9::text[], $10::uuid[])
  AS entry (event_id, tenant_id, topic, part, off, via, attempt, redrives, trace_id, delivery_id)
ORDER BY event_id
ON CONFLICT (event_id) DO NOTHING
RETURNING event_id`;

/** Notes that these events, claimed in this transaction, were older than the state they would change. */
export async function markStale(tx: Transaction, ids: readonly EventId[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(`UPDATE ${tx.schema}.inbox SET outcome = 'stale' WHERE event_id = ANY ($1::uuid[])`, [
    ids.map(uuidOf),
  ]);
}

/** Those of the ids whose effect is there. */
export async function findDone(
  database: Database,
  ids: readonly EventId[],
  signal?: AbortSignal,
): Promise<ReadonlySet<EventId>> {
  if (ids.length === 0) return new Set();
  const rows = await database.statement<{ readonly event_id: string }>(
    `SELECT event_id FROM ${database.schema}.inbox WHERE event_id = ANY ($1::uuid[])`,
    [ids.map(uuidOf)],
    { signal },
  );
  return new Set(rows.map((row) => eventIdOfUuid(row.event_id)));
}
