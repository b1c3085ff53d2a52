import { identifier } from '../identifiers.ts';
import type { Transaction } from '../transaction.ts';

/**
 * Rows that one process at a time works on, in a table of the caller's own with the columns `lease_owner text`,
 * `lease_until timestamptz` and `fence bigint NOT NULL DEFAULT 0`. A lease that is not renewed runs out, and somebody
 * else goes on; what its owner still does then is refused, because the fence is another one.
 *
 * https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html
 */
export interface LeasedTable {
  /** In the schema of the transaction. */
  readonly table: string;
  /** Its primary key, a uuid. */
  readonly key: string;
  /** SQL that a row `work` must fulfil beside being free; it may name the `values` of a claim, `$3` and on. */
  readonly where: string;
  /** SQL: which of several is taken first. */
  readonly orderBy: string;
}

export interface Lease {
  readonly id: string;
  readonly owner: string;
  /** Grows with every claim of the row. */
  readonly fence: bigint;
}

/** What is given up with when the work is somebody else's by now. */
export const leaseLost: unique symbol = Symbol('the work is somebody else’s by now');

/** Takes the first row that is free; undefined where none is. A row that another open transaction is taking is passed over. */
export async function claimWork(
  tx: Transaction,
  { table, key, where, orderBy }: LeasedTable,
  {
    owner,
    leaseMs,
    values = [],
  }: { readonly owner: string; readonly leaseMs: number; readonly values?: readonly unknown[] },
): Promise<Lease | undefined> {
  const rows = await tx.query<{ readonly id: string; readonly fence: string }>(
    `UPDATE ${qualified(tx, table)} SET lease_owner = $1, lease_until = ${untilSql('$2')}, fence = fence + 1
     WHERE ${identifier(key)} = (
       SELECT work.${identifier(key)} FROM ${qualified(tx, table)} work
       WHERE (work.lease_until IS NULL OR work.lease_until < clock_timestamp()) AND (${where})
       ORDER BY ${orderBy} LIMIT 1 FOR UPDATE OF work SKIP LOCKED)
     RETURNING ${identifier(key)}::text AS id, fence::text`,
    [owner, leaseMs, ...values],
  );
  const [row] = rows;
  return row === undefined ? undefined : { id: row.id, owner, fence: BigInt(row.fence) };
}

/**
 * Makes the lease longer and locks its row until the transaction ends: first in every transaction that writes what the
 * work does. False: it is somebody else's by now, and the caller must stop.
 */
export async function renewLease(
  tx: Transaction,
  { table, key }: Pick<LeasedTable, 'table' | 'key'>,
  { lease, leaseMs }: { readonly lease: Lease; readonly leaseMs: number },
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE ${qualified(tx, table)} SET lease_until = ${untilSql('$4')}
     WHERE ${identifier(key)} = $1::uuid AND lease_owner = $2 AND fence = $3::bigint RETURNING fence`,
    [lease.id, lease.owner, String(lease.fence), leaseMs],
  );
  return rows.length === 1;
}

/** Gives it back: somebody takes it after `pauseMs`, at once unless given. Nothing happens where it is not held any more. */
export async function releaseLease(
  tx: Transaction,
  { table, key }: Pick<LeasedTable, 'table' | 'key'>,
  { lease, pauseMs = 0 }: { readonly lease: Lease; readonly pauseMs?: number },
): Promise<void> {
  await tx.query(
    `UPDATE ${qualified(tx, table)} SET lease_owner = NULL, lease_until = ${untilSql('$4')}
     WHERE ${identifier(key)} = $1::uuid AND lease_owner = $2 AND fence = $3::bigint`,
    [lease.id, lease.owner, String(lease.fence), pauseMs],
  );
}

function qualified(tx: Transaction, table: string): string {
  return `${tx.schema}.${identifier(table)}`;
}

/** By the server's clock: processes on several machines agree on it. */
function untilSql(ms: string): string {
  return `clock_timestamp() + ${ms} * interval '1 millisecond'`;
}
