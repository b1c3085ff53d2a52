import { randomUUID } from 'node:crypto';

import { classify, type TrunklineError } from '@trunkline/core';
import type { Transaction } from '@trunkline/postgres';
import { fingerprintOf, newSigningSecret, type SigningKind } from '@trunkline/signing';
import type { Place, Vault } from '@trunkline/vault';

import { type EndpointId, endpointUuid } from './ids.ts';

/** A secret of an endpoint, as it may be shown: everything but the secret. */
export interface SecretInfo {
  readonly secretId: string;
  readonly generation: number;
  readonly kind: SigningKind;
  readonly fingerprint: string;
  readonly createdAtMs: number;
  /** Null: it has no successor. */
  readonly signsUntilMs: number | null;
}

/** A secret as it is used. */
export interface OpenedSecret {
  readonly generation: number;
  readonly signsUntilMs: number | null;
  /** Or why it does not open: its key is not in the list, or it does not stand where it was sealed. */
  readonly secret: string | TrunklineError;
}

const fieldName = 'secret';

/** Makes a secret, seals it and writes it down. Returns it as text: this is the one time that it is seen without being asked for. */
export async function addSecret(
  tx: Transaction,
  vault: Vault,
  given: {
    readonly endpointId: EndpointId;
    readonly tenantId: string;
    readonly generation: number;
    readonly kind: SigningKind;
  },
): Promise<string> {
  const { endpointId, tenantId, generation, kind } = given;
  const secret = newSigningSecret(kind);
  const secretId = `whs_${randomUUID().replaceAll('-', '')}`;
  const { key, sealed } = vault.seal(placeOf({ secretId, tenantId }), { [fieldName]: secret });
  await tx.query(
    `INSERT INTO ${tx.schema}.vault_key (owner, tenant_id, generation, kek_id, dek_wrapped) VALUES ($1, $2, 1, $3, $4)`,
    [secretId, tenantId, key.kekId, key.dekWrapped],
  );
  await tx.query(
    `INSERT INTO ${tx.schema}.endpoint_secret (secret_id, endpoint_id, tenant_id, generation, kind, sealed, fingerprint)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [secretId, endpointUuid(endpointId), tenantId, generation, kind, sealed[fieldName], fingerprintOf(secret)],
  );
  return secret;
}

interface InfoRow {
  readonly secret_id: string;
  readonly endpoint_id: string;
  readonly generation: number;
  readonly kind: SigningKind;
  readonly fingerprint: string;
  readonly created_at: Date;
  readonly signs_until: Date | null;
}

/** The secrets of endpoints of the transaction's tenants, by the uuid of the endpoint, newest first. */
export async function readSecrets(
  tx: Transaction,
  endpointUuids: readonly string[],
): Promise<ReadonlyMap<string, readonly SecretInfo[]>> {
  const rows = await tx.query<InfoRow>(
    `SELECT secret_id, endpoint_id, generation, kind, fingerprint, created_at, signs_until FROM ${tx.schema}.endpoint_secret
     WHERE endpoint_id = ANY ($1::uuid[]) ORDER BY endpoint_id, generation DESC`,
    [endpointUuids],
  );
  return byEndpoint(rows, (row) => ({
    secretId: row.secret_id,
    generation: row.generation,
    kind: row.kind,
    fingerprint: row.fingerprint,
    createdAtMs: row.created_at.getTime(),
    signsUntilMs: row.signs_until?.getTime() ?? null,
  }));
}

interface SealedRow {
  readonly secret_id: string;
  readonly endpoint_id: string;
  readonly tenant_id: string;
  readonly generation: number;
  readonly signs_until: Date | null;
  readonly sealed: Buffer;
  readonly kek_id: string;
  readonly dek_wrapped: Buffer;
}

/** The same, opened: for whoever signs, and not for the command line, which writes secrets and reads none. */
export async function openSecrets(
  tx: Transaction,
  vault: Vault,
  endpointUuids: readonly string[],
): Promise<ReadonlyMap<string, readonly OpenedSecret[]>> {
  const rows = await tx.query<SealedRow>(
    `SELECT s.secret_id, s.endpoint_id, s.tenant_id, s.generation, s.signs_until, s.sealed, k.kek_id, k.dek_wrapped
     FROM ${tx.schema}.endpoint_secret s JOIN ${tx.schema}.vault_key k ON k.owner = s.secret_id
     WHERE s.endpoint_id = ANY ($1::uuid[]) ORDER BY s.endpoint_id, s.generation DESC`,
    [endpointUuids],
  );
  return byEndpoint(rows, (row) => ({
    generation: row.generation,
    signsUntilMs: row.signs_until?.getTime() ?? null,
    secret: opened(vault, row),
  }));
}

function opened(vault: Vault, row: SealedRow): string | TrunklineError {
  try {
    return vault.open(
      placeOf({ secretId: row.secret_id, tenantId: row.tenant_id }),
      { kekId: row.kek_id, dekWrapped: row.dek_wrapped },
      { name: fieldName, sealed: row.sealed },
    );
  } catch (error) {
    return classify(error);
  }
}

function byEndpoint<R extends { readonly endpoint_id: string }, T>(
  rows: readonly R[],
  make: (row: R) => T,
): ReadonlyMap<string, readonly T[]> {
  return new Map([...Map.groupBy(rows, (row) => row.endpoint_id)].map(([uuid, own]) => [uuid, own.map(make)]));
}

/** Each secret has a row of its own and never another one. */
function placeOf({ secretId, tenantId }: { readonly secretId: string; readonly tenantId: string }): Place {
  return { tenantId, owner: secretId, generation: 1 };
}
