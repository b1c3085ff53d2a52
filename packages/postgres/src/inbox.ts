import { type DeliveryId, type RecordId, uuidOf } from '@trunkline/core';

import { arrayLiteral, numberArrayLiteral } from './array-literal.ts';
import type { Database } from './database.ts';
import type { Transaction } from './transaction.ts';

/** One row of a service's inbox: this event had its effect, in the transaction that wrote the row. */
export interface InboxEntry {
  /** Of a request its id. */
  readonly eventId: RecordId;
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
  /** Null: a request. */
  readonly deliveryId: DeliveryId | null;
}

/**
 * Claims the events for this transaction and returns those that nobody had claimed: only their effects may be applied.
 * A claim by another open transaction is waited for.
 */
export async function claimEvents(tx: Transaction, entries: readonly InboxEntry[]): Promise<Set<RecordId>> {
  if (entries.length === 0) return new Set();
  const rows = await tx.prepared<{ readonly event_id: string }>(claimSql(tx.schema), [
    arrayLiteral(entries.map((entry) => uuidOf(entry.eventId))),
    arrayLiteral(entries.map((entry) => entry.tenantId)),
    arrayLiteral(entries.map((entry) => entry.originalTopic)),
    numberArrayLiteral(entries.map((entry) => entry.originalPartition)),
    numberArrayLiteral(entries.map((entry) => entry.originalOffset)),
    arrayLiteral(entries.map((entry) => entry.via)),
    numberArrayLiteral(entries.map((entry) => entry.attempt)),
    numberArrayLiteral(entries.map((entry) => entry.redriveCount)),
    arrayLiteral(entries.map((entry) => entry.traceId)),
    arrayLiteral(entries.map((entry) => (entry.deliveryId === null ? null : uuidOf(entry.deliveryId)))),
  ]);
  return idsOf(
    rows,
    entries.map(({ eventId }) => eventId),
  );
}

/** Sorted: two transactions that claim the same ids in different orders would deadlock. */
const claimSql = (schema: string): string => `
INSERT INTO ${schema}.inbox
  (event_id, tenant_id, outcome, original_topic, original_partition, original_offset, via, attempt, redrive_count,
   trace_id, delivery_id)
SELECT unnest($1::uuid[]), unnest($2::text[]), 'applied', unnest($3::text[]), unnest($4::integer[]), unnest($5::bigint[]),
  unnest($6::text[]), unnest($7::integer[]), unnest($8::integer[]), unnest($9::text[]), unnest($10::uuid[])
ORDER BY 1
ON CONFLICT (event_id) DO NOTHING
RETURNING event_id`;

/** Notes that these events, claimed in this transaction, were older than the state they would change. */
export async function markStale(tx: Transaction, ids: readonly RecordId[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(`UPDATE ${tx.schema}.inbox SET outcome = 'stale' WHERE event_id = ANY ($1::uuid[])`, [
    ids.map(uuidOf),
  ]);
}

/** Those of the ids whose effect is there. */
export async function findDone(
  database: Database,
  ids: readonly RecordId[],
  signal?: AbortSignal,
): Promise<ReadonlySet<RecordId>> {
  if (ids.length === 0) return new Set();
  const rows = await database.statement<{ readonly event_id: string }>(
    `SELECT event_id FROM ${database.schema}.inbox WHERE event_id = ANY ($1::uuid[])`,
    [ids.map(uuidOf)],
    { signal },
  );
  return idsOf(rows, ids);
}

/** Those of the ids that the rows name, each of another event. A uuid does not say what it is the id of. */
function idsOf(rows: readonly { readonly event_id: string }[], ids: readonly RecordId[]): Set<RecordId> {
  // As nearly always when events are claimed: as many rows as ids name every one of them.
  if (rows.length === ids.length) return new Set(ids);
  const found = new Set(rows.map((row) => row.event_id));
  return new Set(ids.filter((id) => found.has(uuidOf(id))));
}
