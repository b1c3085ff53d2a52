import { type RecordId, uuidOf } from '@trunkline/core';

import type { Database } from './database.ts';

/** What a group's inbox says about an event: that it was done, how, and where its record first stood. */
export interface InboxRow {
  readonly outcome: string;
  readonly originalTopic: string;
  readonly originalPartition: number;
  readonly originalOffset: bigint;
  readonly via: string;
  readonly attempt: number;
  readonly redriveCount: number;
  readonly traceId: string | undefined;
  readonly deliveryId: string | undefined;
  readonly processedAtMs: number;
}

interface Row {
  readonly event_id: string;
  readonly outcome: string;
  readonly original_topic: string;
  readonly original_partition: number;
  readonly original_offset: string;
  readonly via: string;
  readonly attempt: number;
  readonly redrive_count: number;
  readonly trace_id: string | null;
  readonly delivery_id: string | null;
  readonly processed_at_ms: string;
}

/** Rows asked for in one statement. */
const largestQuestion = 1_000;

/** The rows of the events that the group has done; an event without a row is not done. */
export async function readInboxRows(
  database: Database,
  eventIds: readonly RecordId[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, InboxRow>> {
  const found = new Map<string, InboxRow>();
  for (let from = 0; from < eventIds.length; from += largestQuestion) {
    // A uuid does not say what it is the id of.
    const idOfUuid = new Map(eventIds.slice(from, from + largestQuestion).map((id) => [uuidOf(id), id]));
    // The inbox is infrastructure, outside row-level security: no tenant is named.
    const rows = await database.transaction([], (tx) => tx.query<Row>(inboxSql(tx.schema), [[...idOfUuid.keys()]]), {
      signal,
    });
    for (const row of rows) {
      const id = idOfUuid.get(row.event_id);
      if (id !== undefined) found.set(id, inboxRowOf(row));
    }
  }
  return found;
}

function inboxSql(schema: string): string {
  return `SELECT event_id::text, outcome, original_topic, original_partition, original_offset::text, via, attempt,
  redrive_count, trace_id::text, delivery_id::text,
  (extract(epoch FROM processed_at) * 1000)::bigint::text AS processed_at_ms
FROM ${schema}.inbox WHERE event_id = ANY ($1::uuid[])`;
}

function inboxRowOf(row: Row): InboxRow {
  return {
    outcome: row.outcome,
    originalTopic: row.original_topic,
    originalPartition: row.original_partition,
    originalOffset: BigInt(row.original_offset),
    via: row.via,
    attempt: row.attempt,
    redriveCount: row.redrive_count,
    traceId: row.trace_id === null ? undefined : row.trace_id.replaceAll('-', ''),
    deliveryId: row.delivery_id === null ? undefined : `dlv_${row.delivery_id.replaceAll('-', '')}`,
    processedAtMs: Number(row.processed_at_ms),
  };
}
