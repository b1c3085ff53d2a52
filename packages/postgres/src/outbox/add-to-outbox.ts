import { hash } from 'node:crypto';

import { numberArrayLiteral } from '../array-literal.ts';
import { byteaArray, jsonArray, textArray, uuidArray } from '../binary-array.ts';
import { outboxShards } from '../framework/outbox-table.ts';
import { jsonText } from '../storable.ts';
import type { Transaction } from '../transaction.ts';

/** A record that is to be published because of what this transaction does. */
export interface OutboxRow {
  /** The uuid that its readers know it by. */
  readonly recordId: string;
  /** Rows are published by turns of tenants. */
  readonly tenantId: string;
  /** Logical name. */
  readonly topic: string;
  /** Never empty. */
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Writes the rows down, those of a key in the order given; the relay publishes them after the commit, at least once. A
 * record that is waiting already stays as it is.
 *
 * Rows of one key are published in the order in which their ids were drawn, which is here and not at the commit: whoever
 * needs an order between transactions takes a row lock that stands for the key before it adds.
 */
export async function addToOutbox(tx: Transaction, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  adding.add(tx);
  const placed = byShard(rows);
  await tx.prepared(addSql(tx.schema), [
    numberArrayLiteral(placed.map(({ shard }) => shard)),
    uuidArray(placed.map(({ row }) => row.recordId)),
    textArray(placed.map(({ row }) => row.tenantId)),
    textArray(placed.map(({ row }) => row.topic)),
    byteaArray(placed.map(({ row }) => row.key)),
    byteaArray(placed.map(({ row }) => row.value)),
    jsonArray(placed.map(({ row }) => jsonText(row.headers))),
  ]);
}

interface PlacedRow {
  readonly shard: number;
  readonly row: OutboxRow;
}

/**
 * Shard by shard, as the relay reads them: what a turn reads and deletes then lies on few pages. Stable, so that rows of
 * a key stay in their order.
 */
function byShard(rows: readonly OutboxRow[]): readonly PlacedRow[] {
  return rows.map((row) => ({ shard: shardOf(row), row })).toSorted((a, b) => a.shard - b.shard);
}

/** Transactions that have added. */
const adding = new WeakSet<Transaction>();

/** Whether the transaction has added anything, so that it is worth to look when it is committed. */
export function hasAddedToOutbox(tx: Transaction): boolean {
  return adding.has(tx);
}

/** Where the rows of a key wait: all of them in one shard. */
export function shardOf({ topic, key }: Pick<OutboxRow, 'topic' | 'key'>): number {
  // A topic's name has no zero byte, so no two pairs read alike.
  const digest = hash('sha256', Buffer.concat([Buffer.from(`${topic}\0`), key]), 'hex');
  return Number.parseInt(digest.slice(0, 2), 16) % outboxShards;
}

/** Ids are drawn in the order of the rows, which is that of the places of the arrays. */
const addSql = (schema: string): string => `
INSERT INTO ${schema}.outbox (shard, record_id, tenant_id, topic, key, value, headers)
SELECT unnest($1::smallint[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::text[]), unnest($5::bytea[]),
  unnest($6::bytea[]), unnest($7::json[])
ON CONFLICT (record_id) DO NOTHING`;
