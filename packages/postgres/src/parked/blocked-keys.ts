import { arrayLiteral } from '../array-literal.ts';
import type { Database } from '../database.ts';
import type { Transaction } from '../transaction.ts';

/** `retrying`: its first event is tried again. `held`: that one is a dead letter, the others wait. `passed`: nothing waits. */
export type KeyState = 'retrying' | 'held' | 'passed';
/** What an operator wants: `release` what waits, now; `skip` the first event for good. */
export type KeyDecision = 'release' | 'skip';

/** A key of which one event failed; its events are kept in order. */
export interface BlockedKey {
  readonly keyId: string;
  readonly tenantId: string;
  readonly topic: string;
  readonly recordKey: string;
  readonly state: KeyState;
  /** What is tried, or was dead-lettered, as a uuid. */
  readonly headId: string | null;
  /** Finished runs of it. */
  readonly attempts: number;
  /** What it failed with. */
  readonly code: string;
  /** The next try; the end of the hold; when a passed key is forgotten. */
  readonly dueAtMs: number;
  readonly sinceMs: number;
  /** Events that wait, the first one included, and what they weigh. */
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly decision: KeyDecision | null;
}

/** The columns of a key as `BlockedKey` has them; numbers beyond 32 bits come as text. */
export const blockedKeyColumns = `key_id AS "keyId", tenant_id AS "tenantId", topic, record_key AS "recordKey", state,
  head_id AS "headId", attempts, code, waiting, waiting_bytes::text AS "waitingBytes", key_decision AS decision,
  (extract(epoch FROM due_at) * 1000)::bigint::text AS "dueAtMs",
  (extract(epoch FROM since) * 1000)::bigint::text AS "sinceMs"`;

export type BlockedKeyRow = { readonly [Name in keyof BlockedKey]: BlockedKey[Name] | string };

/** As the columns above come from the driver. */
export function blockedKeyOf(row: BlockedKeyRow): BlockedKey {
  const { dueAtMs, sinceMs, waitingBytes } = row;
  return {
    // The other columns have the types of the table, which the migration gives them.
    ...(row as BlockedKey),
    dueAtMs: Number(dueAtMs),
    sinceMs: Number(sinceMs),
    waitingBytes: Number(waitingBytes),
  };
}

/**
 * Those of the keys that have a row, locked until the end of the transaction: nobody else moves their events. Sorted, so
 * that two transactions with the same keys do not deadlock.
 */
export async function lockKeys(tx: Transaction, keyIds: readonly string[]): Promise<readonly BlockedKey[]> {
  const rows = await tx.prepared<BlockedKeyRow>(lockSql(tx.schema), [arrayLiteral(keyIds)]);
  return rows.map(blockedKeyOf);
}

const lockSql = (schema: string): string => `
SELECT ${blockedKeyColumns} FROM ${schema}.blocked_key WHERE key_id = ANY ($1::uuid[]) ORDER BY key_id FOR UPDATE`;

export interface NewBlockedKey extends Pick<BlockedKey, 'keyId' | 'tenantId' | 'topic' | 'recordKey'> {
  readonly nowMs: number;
}

/** Locks the key, with a row that is made where there is none: due now. */
export async function blockKey(tx: Transaction, key: NewBlockedKey): Promise<BlockedKey> {
  await tx.query(blockSql(tx.schema), [key.keyId, key.tenantId, key.topic, key.recordKey, key.nowMs]);
  const [locked] = await lockKeys(tx, [key.keyId]);
  if (locked === undefined) throw new TypeError('a row that is there cannot be locked');
  return locked;
}

const blockSql = (schema: string): string => `
INSERT INTO ${schema}.blocked_key (key_id, tenant_id, topic, record_key, state, due_at)
VALUES ($1, $2, $3, $4, 'retrying', to_timestamp($5::float8 / 1000))
ON CONFLICT (key_id) DO NOTHING`;

export type KeyChange = Pick<BlockedKey, 'state' | 'headId' | 'attempts' | 'code' | 'dueAtMs'>;

/** What is known of a locked key from now on; what an operator decided is done with. Counts what waits. */
export async function changeKey(tx: Transaction, keyId: string, change: KeyChange): Promise<void> {
  const { state, headId, attempts, code, dueAtMs } = change;
  await tx.query(changeSql(tx.schema), [keyId, state, headId, attempts, code, dueAtMs]);
  await countWaiting(tx, [keyId]);
}

const changeSql = (schema: string): string => `
UPDATE ${schema}.blocked_key SET state = $2, head_id = $3, attempts = $4, code = $5,
  due_at = to_timestamp($6::float8 / 1000), key_decision = NULL, leased_until = NULL
WHERE key_id = $1`;

/** Brings the figures of locked keys to what is parked. */
export async function countWaiting(tx: Transaction, keyIds: readonly string[]): Promise<void> {
  await tx.query(countSql(tx.schema), [keyIds]);
}

const countSql = (schema: string): string => `
UPDATE ${schema}.blocked_key AS blocked SET (waiting, waiting_bytes) = (
  SELECT count(*), coalesce(sum(bytes), 0) FROM ${schema}.parked
  WHERE parked.key_id = blocked.key_id AND value IS NOT NULL)
WHERE key_id = ANY ($1::uuid[])`;

/** A locked key, and whatever is still kept of it, is forgotten. */
export async function forgetKey(tx: Transaction, keyId: string): Promise<void> {
  await tx.query(`DELETE FROM ${tx.schema}.parked WHERE key_id = $1`, [keyId]);
  await tx.query(`DELETE FROM ${tx.schema}.blocked_key WHERE key_id = $1`, [keyId]);
}

export interface ClaimKeys {
  readonly nowMs: number;
  /** How long nobody else takes it; after that, whoever claimed it counts as dead. */
  readonly leaseMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Takes a key that is due or that somebody decided about, decisions first; undefined when there is none. Whoever claims
 * it changes or forgets it in the end, which ends the claim.
 */
export async function claimKey(
  database: Database,
  { nowMs, leaseMs, signal }: ClaimKeys,
): Promise<BlockedKey | undefined> {
  const [row] = await database.statement<BlockedKeyRow>(claimSql(database.schema), [nowMs, nowMs + leaseMs], {
    signal,
  });
  return row === undefined ? undefined : blockedKeyOf(row);
}

const claimSql = (schema: string): string => `
UPDATE ${schema}.blocked_key SET leased_until = to_timestamp($2::float8 / 1000)
WHERE key_id = (
  SELECT key_id FROM ${schema}.blocked_key
  WHERE (due_at <= to_timestamp($1::float8 / 1000) OR key_decision IS NOT NULL)
    AND (leased_until IS NULL OR leased_until <= to_timestamp($1::float8 / 1000))
  ORDER BY key_decision IS NULL, due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING ${blockedKeyColumns}`;

/** A claim goes on until then. */
export async function renewClaim(database: Database, keyId: string, untilMs: number): Promise<void> {
  await database.statement(
    `UPDATE ${database.schema}.blocked_key SET leased_until = to_timestamp($2::float8 / 1000) WHERE key_id = $1`,
    [keyId, untilMs],
  );
}

export interface ParkedSize {
  /** Keys that are kept waiting. */
  readonly keys: number;
  readonly waiting: number;
  readonly waitingBytes: number;
}

/** How much waits in the schema, over all tenants. */
export async function measureParked(database: Database, signal?: AbortSignal): Promise<ParkedSize> {
  const [row] = await database.statement<{ readonly [Name in keyof ParkedSize]: string }>(
    `SELECT count(*) FILTER (WHERE state <> 'passed')::text AS keys, coalesce(sum(waiting), 0)::text AS waiting,
       coalesce(sum(waiting_bytes), 0)::text AS "waitingBytes" FROM ${database.schema}.blocked_key`,
    [],
    { signal },
  );
  return {
    keys: Number(row?.keys ?? 0),
    waiting: Number(row?.waiting ?? 0),
    waitingBytes: Number(row?.waitingBytes ?? 0),
  };
}
