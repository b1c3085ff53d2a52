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
 * Writes the rows down in the order given; the relay publishes them after the commit, at least once. A record that is
 * waiting already stays as it is.
 *
 * Rows of one key are published in the order in which their ids were drawn, which is here and not at the commit: whoever
 * needs an order between transactions takes a row lock that stands for the key before it adds.
 */
export async function addToOutbox(tx: Transaction, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  adding.add(tx);
  await tx.prepared(addSql(tx.schema), [
    numberArrayLiteral(rows.map(shardOf)),
    uuidArray(rows.map((row) => row.recordId)),
    textArray(rows.map((row) => row.tenantId)),
    textArray(rows.map((row) => row.topic)),
    byteaArray(rows.map((row) => row.key)),
    byteaArray(rows.map((row) => row.value)),
    jsonArray(rows.map((row) => jsonText(row.headers))),
  ]);
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
