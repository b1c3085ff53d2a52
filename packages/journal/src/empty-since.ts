import { appendAudit, type Database, type Transaction } from '@trunkline/postgres';

import type { Emptying } from './empty-index.ts';

/** Rows of records that are indexed again; what failed keeps its rows, since a letter counts all of its copies. */
const tables = ['event', 'delivery', 'rejection', 'request'];
const kinds = ['verdict', 'type', 'rejection', 'suppressed', 'secret', 'request'];

export interface EmptySince extends Emptying {
  /** The beginning of an hour, epoch milliseconds: counts of past hours stand by the hour. */
  readonly sinceMs: number;
  /** Of each partition the first offset appended at that time or later. */
  readonly starts: readonly { readonly topic: string; readonly partition: number; readonly offset: bigint }[];
}

/**
 * Takes away what is indexed of records appended since a time and moves the positions of their partitions back to it, in one
 * transaction with an entry in the audit: whoever reads the topics again indexes each record once, and drops what came
 * before. For the owner of the tables, while no journal runs. Returns how many rows are gone.
 */
export async function emptyIndexSince(
  database: Database,
  { sinceMs, starts, actor, reason, forgetGroups }: EmptySince,
): Promise<number> {
  const since = new Date(sinceMs).toISOString();
  const topics = [...new Set(starts.map(({ topic }) => topic))];
  return await database.transaction([], async (tx) => {
    await tx.query(`LOCK TABLE journal.position, journal.rollup IN ACCESS EXCLUSIVE MODE`);
    await forgetGroups();
    let rows = 0;
    // The parents have a policy, which shows nobody's rows to who names no tenant; their partitions have none.
    for (const table of tables)
      for (const partition of await partitionsOf(tx, table))
        rows += await countDeleted(tx, `DELETE FROM ${partition} WHERE appended_at >= $1::timestamptz`, [since]);
    for (const partition of await partitionsOf(tx, 'rollup'))
      await tx.query(
        `DELETE FROM ${partition} WHERE minute >= $1::timestamptz
           AND (kind = ANY ($2::text[]) OR (kind = 'unreadable' AND name = ANY ($3::text[])))`,
        [since, kinds, topics],
      );
    await tx.query(backSql, [
      starts.map(({ topic }) => topic),
      starts.map(({ partition }) => partition),
      starts.map(({ offset }) => String(offset)),
    ]);
    await appendAudit(tx, {
      actor,
      action: 'journal rebuild',
      target: 'journal',
      note: reason,
      detail: { since, rows },
    });
    return rows;
  });
}

const backSql = `
UPDATE journal.position SET next_off = least(position.next_off, given.off)
FROM unnest($1::text[], $2::int[], $3::bigint[]) AS given (topic, part, off)
JOIN journal.name ON name.kind = 'topic' AND name.name = given.topic
WHERE position.topic = name.id AND position.part = given.part`;

async function partitionsOf(tx: Transaction, table: string): Promise<readonly string[]> {
  const rows = await tx.query<{ readonly name: string }>(
    'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1',
    [`journal.${table}`],
  );
  return rows.map(({ name }) => name);
}

async function countDeleted(tx: Transaction, sql: string, values: readonly unknown[]): Promise<number> {
  const [row] = await tx.query<{ readonly gone: number }>(
    `WITH gone AS (${sql} RETURNING 1) SELECT count(*)::int AS gone FROM gone`,
    values,
  );
  return row?.gone ?? 0;
}
