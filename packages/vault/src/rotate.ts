import { classify, failpoint } from '@trunkline/core';
import type { Database, Transaction } from '@trunkline/postgres';

import type { KeyList } from './key-list.ts';
import type { Vault } from './vault.ts';

export interface RotateOptions {
  /** Of the service whose keys are in `<schema>.vault_key`. */
  readonly database: Database;
  readonly keys: KeyList;
  readonly vault: Vault;
  /** Told after each committed batch; the next one waits for it, and where it rejects there is none. */
  readonly onBatch?: (rewrapped: number) => unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Rows that are locked at a time: 500 × two AES operations of 40 bytes are a few milliseconds. */
export const rotationBatchRows = 500;

/**
 * Brings every data key under the newest key of the list, in batches of a transaction each. Whenever it is killed, every row
 * is under one key of the list, and the next run goes on with those that are left: what is to be done is what the rows say.
 * Secrets are not read for it, and may be read and written while it runs. A key that does not open stays as it is, so that
 * one damaged row keeps no other from the new key; `keyUses` counts it. Returns how many it rewrapped.
 */
export async function rotateKeys({ database, keys, vault, onBatch, signal }: RotateOptions): Promise<number> {
  let total = 0;
  for (let before = -1; before < total;) {
    before = total;
    // Rows may be written under an older key behind the place that was reached: again, until there is nothing to do.
    for (let after: string | undefined = ''; after !== undefined;) {
      signal?.throwIfAborted();
      const place: string = after;
      const { rewrapped, last } = await database.transaction(
        [],
        (tx) => rewrapBatch(tx, { keys, vault, after: place }),
        {
          signal,
        },
      );
      after = last;
      if (rewrapped === 0) continue;
      failpoint('rotation.after_commit');
      total += rewrapped;
      await onBatch?.(rewrapped);
    }
  }
  return total;
}

interface Row {
  readonly owner: string;
  readonly tenant_id: string;
  /** bigint comes as text. */
  readonly generation: string;
  readonly kek_id: string;
  readonly dek_wrapped: Buffer;
}

interface Batch {
  readonly keys: KeyList;
  readonly vault: Vault;
  /** The owner of the last row of the batch before. */
  readonly after: string;
}

/** Undefined as `last`: there are no more rows. */
async function rewrapBatch(
  tx: Transaction,
  { keys, vault, after }: Batch,
): Promise<{ readonly rewrapped: number; readonly last: string | undefined }> {
  // Locked, so that a credential that is being renewed is not given its old key back.
  const rows = await tx.query<Row>(
    `SELECT owner, tenant_id, generation, kek_id, dek_wrapped FROM ${tx.schema}.vault_key
     WHERE kek_id <> $1 AND owner > $2 ORDER BY owner LIMIT ${rotationBatchRows} FOR UPDATE`,
    [keys.current.id, after],
  );
  const last = rows.at(-1)?.owner;
  const wrapped = rows.flatMap((row) => {
    const dekWrapped = underNewest(vault, row);
    return dekWrapped === undefined ? [] : [{ owner: row.owner, dekWrapped }];
  });
  if (wrapped.length === 0) return { rewrapped: 0, last };
  await tx.query(
    `UPDATE ${tx.schema}.vault_key k SET kek_id = $1, dek_wrapped = n.dek_wrapped
     FROM unnest($2::text[], $3::bytea[]) AS n (owner, dek_wrapped) WHERE k.owner = n.owner`,
    [keys.current.id, wrapped.map(({ owner }) => owner), wrapped.map(({ dekWrapped }) => dekWrapped)],
  );
  failpoint('rotation.before_commit');
  return { rewrapped: wrapped.length, last };
}

/** Undefined where it does not open: it was changed, or stands in another place than it was sealed for. */
function underNewest(vault: Vault, row: Row): Buffer | undefined {
  try {
    return vault.rewrap(
      { tenantId: row.tenant_id, owner: row.owner, generation: Number(row.generation) },
      { kekId: row.kek_id, dekWrapped: row.dek_wrapped },
    ).dekWrapped;
  } catch (thrown) {
    const error = classify(thrown);
    if (error.code === 'secret_unreadable') return undefined;
    throw error;
  }
}

export interface KeyUse {
  readonly kekId: string;
  /** The operator's name of the key; undefined where the list has it not: these rows cannot be opened. */
  readonly name: string | undefined;
  readonly rows: number;
  readonly isCurrent: boolean;
}

/** The keys of a list without the keys themselves. */
export interface KeyNames {
  /** Undefined where nobody has told any. */
  readonly current: { readonly id: string } | undefined;
  readonly all: readonly { readonly id: string; readonly name: string }[];
}

/** How many rows are under which key: a key that is no longer in use may leave the list. */
export async function keyUses(database: Database, keys: KeyNames): Promise<readonly KeyUse[]> {
  const rows = await database.statement<{ kek_id: string; rows: number }>(
    `SELECT kek_id, count(*)::int AS rows FROM ${database.schema}.vault_key GROUP BY kek_id`,
    [],
  );
  const counts = new Map(rows.map((row) => [row.kek_id, row.rows]));
  const listed = keys.all.map(({ id, name }) => ({
    kekId: id,
    name,
    rows: counts.get(id) ?? 0,
    isCurrent: id === keys.current?.id,
  }));
  const missing = rows.filter(({ kek_id: id }) => keys.all.every((key) => key.id !== id));
  return [
    ...listed,
    ...missing.map((row) => ({ kekId: row.kek_id, name: undefined, rows: row.rows, isCurrent: false })),
  ];
}
