import { appendAudit } from '../audit/audit.ts';
import type { Database } from '../database.ts';
import { asNotMigrated, migrateFix } from '../not-migrated.ts';
import {
  type BlockedKey,
  blockedKeyColumns,
  blockedKeyOf,
  type BlockedKeyRow,
  type KeyDecision,
} from './blocked-keys.ts';

/** The keys of a schema whose events wait, oldest first; those that have passed too, when asked for. */
export async function listBlockedKeys(
  database: Database,
  {
    limit,
    passed = false,
    signal,
  }: { readonly limit: number; readonly passed?: boolean; readonly signal?: AbortSignal },
): Promise<readonly BlockedKey[]> {
  const rows = await migrated(database, () =>
    database.statement<BlockedKeyRow>(
      `SELECT ${blockedKeyColumns} FROM ${database.schema}.blocked_key WHERE state <> 'passed' OR $2
       ORDER BY since, key_id LIMIT $1`,
      [limit, passed],
      { signal },
    ),
  );
  return rows.map(blockedKeyOf);
}

/** Those that a person means: by the record key, or by the id that `keys list` shows. */
export async function findBlockedKeys(
  database: Database,
  name: string,
  signal?: AbortSignal,
): Promise<readonly BlockedKey[]> {
  const rows = await migrated(database, () =>
    database.statement<BlockedKeyRow>(
      `SELECT ${blockedKeyColumns} FROM ${database.schema}.blocked_key WHERE record_key = $1 OR key_id::text = $1
       ORDER BY topic`,
      [name],
      { signal },
    ),
  );
  return rows.map(blockedKeyOf);
}

/** One event of a key, first to last. */
export interface KeyEvent {
  readonly uuid: string;
  readonly partition: number;
  readonly offset: string;
  /** `dead`: a dead letter, of which the place is kept. */
  readonly state: 'waiting' | 'dead';
  readonly parkedAtMs: number;
}

export async function readKeyEvents(
  database: Database,
  { keyId, tenantId }: Pick<BlockedKey, 'keyId' | 'tenantId'>,
  { limit, signal }: { readonly limit: number; readonly signal?: AbortSignal },
): Promise<readonly KeyEvent[]> {
  const rows = await database.transaction(
    [tenantId],
    (tx) =>
      tx.query<Omit<KeyEvent, 'parkedAtMs'> & { readonly parkedAtMs: string }>(
        `SELECT event_id AS uuid, part AS partition, off::text AS "offset",
           CASE WHEN value IS NULL THEN 'dead' ELSE 'waiting' END AS state,
           (extract(epoch FROM parked_at) * 1000)::bigint::text AS "parkedAtMs"
         FROM ${tx.schema}.parked WHERE key_id = $1 ORDER BY parked.part, parked.off LIMIT $2`,
        [keyId, limit],
      ),
    { signal },
  );
  return rows.map(({ parkedAtMs, ...row }) => ({ ...row, parkedAtMs: Number(parkedAtMs) }));
}

export interface NewKeyDecision {
  readonly keyId: string;
  readonly decision: KeyDecision;
  readonly actor: string;
  readonly reason: string;
}

/** Tells the service what to do with a key, with an entry in the audit. False when the key waits no more. */
export async function decideKey(database: Database, wanted: NewKeyDecision): Promise<boolean> {
  const { keyId, decision, actor, reason } = wanted;
  return await database.transaction([], async (tx) => {
    const [row] = await tx.query<{ readonly tenant: string; readonly key: string }>(
      `UPDATE ${tx.schema}.blocked_key SET key_decision = $2 WHERE key_id = $1 AND state <> 'passed'
       RETURNING tenant_id AS tenant, record_key AS key`,
      [keyId, decision],
    );
    if (row === undefined) return false;
    const detail = { schema: tx.schema, key: row.key };
    await appendAudit(tx, {
      actor,
      tenant: row.tenant,
      action: `keys ${decision}`,
      target: keyId,
      note: reason,
      detail,
    });
    return true;
  });
}

async function migrated<T>(database: Database, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    throw asNotMigrated(thrown, `the database has no table of keys of ${database.schema}: ${migrateFix}`);
  }
}
