import { timingSafeEqual } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';
import { appendAudit, type Database, takeCountTurn, type Transaction } from '@trunkline/postgres';

import { type KeyId, type KeyToken, newKeyToken } from './token.ts';

/** A key as it may be shown: everything but the token, which is nowhere. */
export interface ApiKey {
  readonly keyId: KeyId;
  readonly tenantId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs: number | null;
  /** Exact to a minute. */
  readonly lastUsedAtMs: number | null;
  /** The key that was made in its place. */
  readonly successor: KeyId | null;
}

/** The limits of keys. Times in milliseconds. */
export const keyLimits = {
  /** Of those that open and have no successor; and once more as many that have one and still open. */
  perTenant: 50,
  nameCharacters: 100,
  lifeMs: 365 * 86_400_000,
  mostLifeMs: 2 * 366 * 86_400_000,
  overlapMs: 86_400_000,
  mostOverlapMs: 30 * 86_400_000,
} as const;

export interface MadeKey {
  readonly key: ApiKey;
  /** The one time that it is there. */
  readonly token: string;
}

/** Makes a key. Throws `config_invalid` for a name or a life that no key may have, or where the tenant has as many as it may. */
export async function createApiKey(
  database: Database,
  given: {
    readonly tenantId: string;
    readonly name: string;
    readonly scopes: readonly string[];
    readonly lifeMs?: number | undefined;
    readonly nowMs: number;
    readonly actor: string;
    readonly signal?: AbortSignal;
  },
): Promise<MadeKey> {
  const { tenantId, name, scopes, nowMs, actor, lifeMs = keyLimits.lifeMs, signal } = given;
  if (name.trim() === '' || name.length > keyLimits.nameCharacters)
    throw invalid(`a name has 1 to ${keyLimits.nameCharacters} characters: who uses the key`);
  if (lifeMs <= 0 || lifeMs > keyLimits.mostLifeMs) throw invalid('a key lives up to two years');
  if (scopes.length === 0) throw invalid('a key without a scope may do nothing: name one');
  return await database.transaction(
    [tenantId],
    async (tx) => {
      if ((await countOpening(tx, tenantId, { areRotated: false })) >= keyLimits.perTenant)
        throw invalid(`${tenantId} has ${keyLimits.perTenant} keys, which is the most: revoke one first`);
      const made = await insert(tx, { tenantId, name, scopes, actor, expiresAtMs: nowMs + lifeMs });
      const target = made.key.keyId;
      await appendAudit(tx, { actor, tenant: tenantId, action: 'api-keys create', target, note: name });
      return made;
    },
    { signal },
  );
}

/** All keys of tenants, also those that are over; every tenant's where none is named. Newest first. */
export async function listApiKeys(
  database: Database,
  { tenant, signal }: { readonly tenant?: string | undefined; readonly signal?: AbortSignal },
): Promise<readonly ApiKey[]> {
  const rows = await database.statement<Row>(
    `SELECT * FROM ${database.schema}.api_key WHERE $1::text IS NULL OR tenant_id = $1 ORDER BY created_at DESC, key_id`,
    [tenant ?? null],
    { signal },
  );
  return rows.map(keyOf);
}

interface KeyChange {
  readonly keyId: KeyId;
  readonly actor: string;
  readonly nowMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Another key of the same name, scopes and life in its place; the old one opens for `overlapMs` more. Undefined where there is
 * no such key. Throws `config_invalid` for one that is over or has a successor already, or where the tenant has as many such keys as
 * it may.
 */
export async function rotateApiKey(
  database: Database,
  { overlapMs = keyLimits.overlapMs, ...change }: KeyChange & { readonly overlapMs?: number | undefined },
): Promise<(MadeKey & { readonly oldExpiresAtMs: number }) | undefined> {
  const { keyId, actor, nowMs } = change;
  if (overlapMs < 0 || overlapMs > keyLimits.mostOverlapMs) throw invalid('both keys open for up to 30 days');
  return await changing(database, change, async (tx, key) => {
    if (key.revokedAtMs !== null || key.expiresAtMs <= nowMs) throw invalid(`${keyId} is over: create another key`);
    if (key.successor !== null) throw invalid(`${keyId} was rotated already: its successor is ${key.successor}`);
    const { tenantId, name, scopes } = key;
    if ((await countOpening(tx, tenantId, { areRotated: true })) >= keyLimits.perTenant)
      throw invalid(
        `${tenantId} has ${keyLimits.perTenant} rotated keys that still open, which is the most: revoke one first`,
      );
    const expiresAtMs = nowMs + (key.expiresAtMs - key.createdAtMs);
    const made = await insert(tx, { tenantId, name, scopes, actor, expiresAtMs });
    const oldExpiresAtMs = Math.min(key.expiresAtMs, nowMs + overlapMs);
    await tx.query(
      `UPDATE ${tx.schema}.api_key SET successor = $2, expires_at = to_timestamp($3::double precision / 1000) WHERE key_id = $1`,
      [keyId, made.key.keyId, oldExpiresAtMs],
    );
    const detail = { successor: made.key.keyId };
    await appendAudit(tx, { actor, tenant: tenantId, action: 'api-keys rotate', target: keyId, note: name, detail });
    return { ...made, oldExpiresAtMs };
  });
}

/** Lets it open nothing from now on, for ever. What it was before; undefined where there is no such key. */
export async function revokeApiKey(database: Database, change: KeyChange): Promise<ApiKey | undefined> {
  const { keyId, actor } = change;
  return await changing(database, change, async (tx, key) => {
    await tx.query(
      `UPDATE ${tx.schema}.api_key SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE key_id = $1`,
      [keyId],
    );
    const tenant = key.tenantId;
    await appendAudit(tx, { actor, tenant, action: 'api-keys revoke', target: keyId, note: key.name });
    return key;
  });
}

/** Whose the token is; undefined where no key has it. Whether the key is over is for the caller to see. Notes the use. */
export async function findApiKey(
  database: Database,
  { keyId, digest }: KeyToken,
  signal?: AbortSignal,
): Promise<ApiKey | undefined> {
  const [row] = await database.statement<Row & { readonly digest: Buffer }>(
    `WITH used AS (
       UPDATE ${database.schema}.api_key SET last_used_at = now()
       WHERE key_id = $1 AND digest = $2 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute'))
     SELECT * FROM ${database.schema}.api_key WHERE key_id = $1`,
    [keyId, digest],
    { signal },
  );
  return row !== undefined && timingSafeEqual(row.digest, digest) ? keyOf(row) : undefined;
}

/**
 * Of the tenant's keys that open: those with a successor, or those without. Whoever adds to them is alone with the count until its
 * transaction ends, and has locked what else it locks before.
 */
async function countOpening(
  tx: Transaction,
  tenantId: string,
  { areRotated }: { readonly areRotated: boolean },
): Promise<number> {
  await takeCountTurn(tx, 'api_key', tenantId);
  const [counted] = await tx.query<{ readonly number: number }>(
    `SELECT count(*)::integer AS number FROM ${tx.schema}.api_key
     WHERE tenant_id = $1 AND revoked_at IS NULL AND expires_at > now() AND (successor IS NOT NULL) = $2`,
    [tenantId, areRotated],
  );
  return counted?.number ?? 0;
}

/** Locks the key, so that of two changes one comes after the other. */
async function changing<T>(
  database: Database,
  { keyId, signal }: KeyChange,
  change: (tx: Transaction, key: ApiKey) => Promise<T>,
): Promise<T | undefined> {
  return await database.transaction(
    [],
    async (tx) => {
      const [row] = await tx.query<Row>(`SELECT * FROM ${tx.schema}.api_key WHERE key_id = $1 FOR UPDATE`, [keyId]);
      return row === undefined ? undefined : await change(tx, keyOf(row));
    },
    { signal },
  );
}

async function insert(
  tx: Transaction,
  row: Pick<ApiKey, 'tenantId' | 'name' | 'scopes' | 'expiresAtMs'> & { readonly actor: string },
): Promise<MadeKey> {
  const { token, keyId, digest } = newKeyToken();
  const [made] = await tx.query<Row>(
    `INSERT INTO ${tx.schema}.api_key (key_id, tenant_id, digest, name, scopes, created_by, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7::double precision / 1000)) RETURNING *`,
    [keyId, row.tenantId, digest, row.name, row.scopes, row.actor, row.expiresAtMs],
  );
  if (made === undefined) throw new TrunklineError('unknown', 'Postgres returned no row for a key');
  return { token, key: keyOf(made) };
}

interface Row {
  readonly key_id: KeyId;
  readonly tenant_id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
  readonly successor: KeyId | null;
}

function keyOf(row: Row): ApiKey {
  return {
    keyId: row.key_id,
    tenantId: row.tenant_id,
    name: row.name,
    scopes: row.scopes,
    createdBy: row.created_by,
    createdAtMs: row.created_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
    revokedAtMs: row.revoked_at?.getTime() ?? null,
    lastUsedAtMs: row.last_used_at?.getTime() ?? null,
    successor: row.successor,
  };
}

function invalid(problem: string): TrunklineError {
  return new TrunklineError('config_invalid', problem);
}
