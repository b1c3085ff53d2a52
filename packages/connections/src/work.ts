import type { Database, Lease, LeasedTable, Transaction } from '@trunkline/postgres';

/** Work of connections, one process at a time. */
export const workTable: LeasedTable = {
  table: 'work',
  key: 'work_id',
  where: `work.due_at <= clock_timestamp() OR work.wanted_at > coalesce(work.done_until, '-infinity')`,
  // What a person waits for is first.
  orderBy: `(work.wanted_at > coalesce(work.done_until, '-infinity')) IS TRUE DESC, work.due_at NULLS FIRST`,
};

export interface Work {
  readonly lease: Lease;
  /** A check of a connection, or the rotation of all keys. */
  readonly of: { readonly id: string; readonly tenantId: string } | 'rotation';
  /** All that was asked for until then is done by it. */
  readonly beganAt: string;
}

/** What was leased. */
export async function readWork(tx: Transaction, lease: Lease): Promise<Work> {
  const [row] = await tx.query<{ connection_id: string | null; tenant_id: string | null; began_at: string }>(
    `SELECT connection_id, tenant_id, clock_timestamp()::text AS began_at FROM connections.work WHERE work_id = $1::uuid`,
    [lease.id],
  );
  if (row === undefined) throw new RangeError('a leased row is there');
  const { connection_id: id, tenant_id: tenantId, began_at: beganAt } = row;
  return { lease, of: id === null || tenantId === null ? 'rotation' : { id, tenantId }, beganAt };
}

/** Ends a turn of work, in the transaction that writes what it came to: after `renewLease`, which says whether it still may. */
export async function finishWork(
  tx: Transaction,
  { lease, beganAt }: Pick<Work, 'lease' | 'beganAt'>,
  { nextInMs, code }: { readonly nextInMs: number | undefined; readonly code: string },
): Promise<void> {
  await tx.query(
    `UPDATE connections.work SET done_until = $2::timestamptz, last_code = $3, lease_owner = NULL, lease_until = NULL,
       due_at = clock_timestamp() + $4::double precision * interval '1 millisecond'
     WHERE work_id = $1::uuid`,
    [lease.id, beganAt, code, nextInMs ?? null],
  );
}

/** How work stands that an operator asked for. */
export interface AskedWork {
  readonly isDone: boolean;
  /** Somebody is at it. */
  readonly isTaken: boolean;
  readonly code: string | undefined;
  readonly progress: number;
}

/** What is asked about: the check of a connection, or the rotation. */
export type Asked = { readonly check: string } | 'rotation';

export async function askedWork(database: Database, asked: Asked, signal?: AbortSignal): Promise<AskedWork> {
  const rows = await database.statement<{
    is_done: boolean;
    is_taken: boolean;
    last_code: string | null;
    progress: string;
  }>(
    `SELECT (wanted_at > coalesce(done_until, '-infinity')) IS NOT TRUE AS is_done,
       coalesce(lease_until > clock_timestamp(), false) AS is_taken, last_code, progress
     FROM connections.work WHERE kind = $1 AND connection_id IS NOT DISTINCT FROM $2`,
    keyOf(asked),
    { signal },
  );
  const [row] = rows;
  if (row === undefined) return { isDone: true, isTaken: false, code: undefined, progress: 0 };
  const { is_done: isDone, is_taken: isTaken, last_code: code, progress } = row;
  return { isDone, isTaken, code: code ?? undefined, progress: Number(progress) };
}

/** Wants it done now, by whichever process looks next. */
export async function askWork(tx: Transaction, asked: Asked): Promise<void> {
  await tx.query(
    'UPDATE connections.work SET wanted_at = clock_timestamp() WHERE kind = $1 AND connection_id IS NOT DISTINCT FROM $2',
    keyOf(asked),
  );
}

function keyOf(asked: Asked): readonly [string, string | null] {
  return asked === 'rotation' ? ['rotate', null] : ['check', asked.check];
}
