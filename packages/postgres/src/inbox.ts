import { type DeliveryId, type EventId, eventIdOfUuid, uuidOf } from '@trunkline/core';

import type { Database } from './database.ts';
import { identifier } from './identifiers.ts';
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

/** How long a row protects against a second effect: 38 d an event may be applied + 7 d for replays and providers' own retries. */
export const inboxRetentionMs: number = 45 * 24 * 3_600_000;

/**
 * The inbox of a service (docs/records.md, "The inbox"), the first migration of every service's schema.
 *
 * Not partitioned by time: uniqueness would end at a partition's edge. About 180 bytes a row and 60 of its two indexes:
 * 45 d × 86,400 s × 10 events/s = 38.9 M rows, some 9.3 GB.
 */
export function inboxMigrationSql(schema: string): string {
  return `CREATE TABLE ${identifier(schema)}.inbox (
  event_id           uuid PRIMARY KEY,
  tenant_id          text NOT NULL,
  outcome            text NOT NULL CHECK (outcome IN ('applied', 'stale')),
  original_topic     text NOT NULL,
  original_partition integer NOT NULL,
  original_offset    bigint NOT NULL,
  via                text NOT NULL CHECK (via IN ('main', 'retry', 'redrive')),
  attempt            integer NOT NULL,
  redrive_count      integer NOT NULL,
  trace_id           text,
  delivery_id        uuid NOT NULL,
  processed_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_processed_at ON ${identifier(schema)}.inbox (processed_at);
`;
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

/**
 * Deletes rows past their retention, in small batches of their own transaction each, so that no lock is held long.
 * Any number of processes may do it at once. Returns how many rows went; stops early at the row limit or the signal.
 */
export async function pruneInbox(
  database: Database,
  options: { readonly nowMs: number; readonly signal?: AbortSignal; readonly batchRows?: number },
): Promise<number> {
  const batchRows = options.batchRows ?? pruneBatchRows;
  const before = new Date(options.nowMs - inboxRetentionMs).toISOString();
  let deleted = 0;
  for (let batch = 0; batch < maxPruneBatches && options.signal?.aborted !== true; batch += 1) {
    const { signal } = options;
    const rows = await database.transaction([], (tx) => tx.query(pruneSql(tx.schema), [before, batchRows]), { signal });
    deleted += rows.length;
    if (rows.length < batchRows) break;
  }
  return deleted;
}

const pruneBatchRows = 2_000;
/** 1,000 × 2,000 = 2 M rows a call; what is left goes with the next one. */
const maxPruneBatches = 1_000;

const pruneSql = (schema: string): string => `
DELETE FROM ${schema}.inbox WHERE event_id IN (
  SELECT event_id FROM ${schema}.inbox WHERE processed_at < $1 ORDER BY processed_at LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING event_id`;
