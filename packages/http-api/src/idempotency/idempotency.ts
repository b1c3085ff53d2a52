import { createHash, randomUUID } from 'node:crypto';

import { netstrings, TrunklineError } from '@trunkline/core';
import type { Transaction } from '@trunkline/postgres';
import type { Vault } from '@trunkline/vault';

import { apiLimits } from '../limits.ts';
import { Problem } from '../problems.ts';

/** A request that its caller has named, so that it is done once however often it arrives. */
export interface NamedRequest {
  readonly tenantId: string;
  readonly key: string;
  /** Of method, path and body. */
  readonly digest: Buffer;
}

export interface StoredAnswer {
  readonly status: number;
  readonly text: string;
}

const fieldName = 'answer';

/** The key of a header; undefined without one. */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x21-\x7e]+$/.test(header) && header.length <= apiLimits.idempotencyCharacters)
    return header;
  throw new Problem(
    'request_malformed',
    `an Idempotency-Key has 1 to ${apiLimits.idempotencyCharacters} visible ASCII characters: a UUID`,
  );
}

/**
 * By which a repeat is known. Of the body as it was sent, whatever the order of its members: with the defaults of a schema in it a
 * release that adds one would take the repeat of an earlier request for another one.
 */
export function digestOfRequest(method: string, path: string, sent: unknown): Buffer {
  return createHash('sha256')
    .update(netstrings([method, path, JSON.stringify(sent, sortMembers) ?? '']))
    .digest();
}

function sortMembers(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Does it once: what `run` does and its answer commit with `tx`, and whoever comes with the same key gets that answer. One that
 * comes at the same time waits here until the first is through. What fails leaves nothing and may be tried again under its
 * key. Throws `idempotency_mismatch` where the key was used for another request.
 */
export async function once(
  tx: Transaction,
  { vault, ...request }: NamedRequest & { readonly vault: Vault },
  run: () => Promise<StoredAnswer>,
): Promise<StoredAnswer & { readonly isReplay: boolean }> {
  const owner = `idk_${randomUUID().replaceAll('-', '')}`;
  const { tenantId, key, digest } = request;
  await forgetExpired(tx, tenantId);
  const claimed = await tx.query(
    `INSERT INTO ${tx.schema}.idempotency_key (tenant_id, key, request_digest, owner) VALUES ($1, $2, $3, $4)
     ON CONFLICT (tenant_id, key) DO NOTHING RETURNING owner`,
    [tenantId, key, digest, owner],
  );
  if (claimed.length === 0) return { ...(await readAnswer(tx, request, vault)), isReplay: true };
  const answer = await run();
  const sealed = vault.seal(placeOf(tenantId, owner), { [fieldName]: answer.text });
  await tx.query(
    `INSERT INTO ${tx.schema}.vault_key (owner, tenant_id, generation, kek_id, dek_wrapped) VALUES ($1, $2, 1, $3, $4)`,
    [owner, tenantId, sealed.key.kekId, sealed.key.dekWrapped],
  );
  await tx.query(`UPDATE ${tx.schema}.idempotency_key SET status = $3, sealed = $4 WHERE tenant_id = $1 AND key = $2`, [
    tenantId,
    key,
    answer.status,
    sealed.sealed[fieldName],
  ]);
  return { ...answer, isReplay: false };
}

/** Of this tenant, by its next named request: so many as it has made in a day. */
async function forgetExpired(tx: Transaction, tenantId: string): Promise<void> {
  await tx.query(
    `WITH gone AS (
       DELETE FROM ${tx.schema}.idempotency_key
       WHERE tenant_id = $1 AND created_at < now() - make_interval(secs => $2) RETURNING owner)
     DELETE FROM ${tx.schema}.vault_key WHERE owner IN (SELECT owner FROM gone)`,
    [tenantId, apiLimits.idempotencyMs / 1_000],
  );
}

interface AnswerRow {
  readonly request_digest: Buffer;
  readonly owner: string;
  readonly status: number | null;
  readonly sealed: Buffer | null;
  readonly kek_id: string;
  readonly dek_wrapped: Buffer;
}

async function readAnswer(
  tx: Transaction,
  { tenantId, key, digest }: NamedRequest,
  vault: Vault,
): Promise<StoredAnswer> {
  const [row] = await tx.query<AnswerRow>(
    `SELECT i.request_digest, i.owner, i.status, i.sealed, k.kek_id, k.dek_wrapped
     FROM ${tx.schema}.idempotency_key i JOIN ${tx.schema}.vault_key k ON k.owner = i.owner
     WHERE i.tenant_id = $1 AND i.key = $2`,
    [tenantId, key],
  );
  // Whoever had it is through and has left it expired, or is not seen yet.
  if (row === undefined || row.status === null || row.sealed === null)
    throw new TrunklineError('conflict', 'an idempotency key changed hands at this moment');
  if (!row.request_digest.equals(digest))
    throw new Problem('idempotency_mismatch', 'this Idempotency-Key was used for another request: choose a new one');
  const wrapped = { kekId: row.kek_id, dekWrapped: row.dek_wrapped };
  const text = vault.open(placeOf(tenantId, row.owner), wrapped, { name: fieldName, sealed: row.sealed });
  return { status: row.status, text };
}

function placeOf(tenantId: string, owner: string): { tenantId: string; owner: string; generation: number } {
  return { tenantId, owner, generation: 1 };
}
