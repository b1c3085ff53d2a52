import { TrunklineError } from '@trunkline/core';
import type { TlsProfile } from '@trunkline/http-client';
import type { Transaction } from '@trunkline/postgres';
import type { Vault } from '@trunkline/vault';

import type { ConnectionState, Reason } from './standing.ts';

/** A connection with what its provider is shown. */
export interface OpenedConnection {
  readonly id: string;
  readonly tenantId: string;
  readonly provider: string;
  /** At the provider; connections to one account share its rates. */
  readonly account: string | undefined;
  /** The account that the file names, if it does. */
  readonly configuredAccount: string | undefined;
  readonly state: ConnectionState;
  /** Of the state, where checks say it. */
  readonly reason: Reason | undefined;
  readonly rates: Readonly<Record<string, { readonly count: number; readonly periodMs: number }>>;
  /** 0: none were sealed. */
  readonly generation: number;
  /** As the client's schema takes them; undefined where none were sealed. */
  readonly credentials: unknown;
  /** The certificate that the host is shown, where it wants one. */
  readonly tls: TlsProfile | undefined;
}

/** What is sealed of a connection, as JSON in one field. */
interface Sealed {
  readonly credentials: unknown;
  /** PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly authority?: string } | undefined;
}

const field = 'credentials';

/**
 * Reads and opens a connection: of `connections`, from that service or from one that `sharedTables` of packages/postgres
 * lets read it. The transaction names its tenant. Throws `secret_unreadable` where what is sealed does not open there.
 */
export async function openConnection(tx: Transaction, vault: Vault, id: string): Promise<OpenedConnection | undefined> {
  const [row] = await tx.query<Stored>(openSql, [id]);
  if (row === undefined) return undefined;
  const generation = Number(row.generation ?? 0);
  return {
    id,
    tenantId: row.tenant_id,
    provider: row.provider,
    account: row.account ?? row.configured_account ?? undefined,
    configuredAccount: row.configured_account ?? undefined,
    state: row.state,
    reason: row.reason ?? undefined,
    rates: row.rates,
    generation,
    ...(row.sealed === null
      ? { credentials: undefined, tls: undefined }
      : opened(vault, id, { ...row, sealed: row.sealed, generation })),
  };
}

/** Seals credentials in the place of those there were. Returns their generation. */
export async function sealCredentials(
  tx: Transaction,
  vault: Vault,
  wanted: Sealed & { readonly id: string; readonly tenantId: string },
): Promise<number> {
  const { id, tenantId, credentials, tls } = wanted;
  // Locked until the commit: two who seal at one time do so one after the other, and a rotation waits.
  const [before] = await tx.query<{ generation: string }>(
    'SELECT generation FROM connections.credential WHERE connection_id = $1 FOR UPDATE',
    [id],
  );
  const generation = Number(before?.generation ?? 0) + 1;
  const { key, sealed } = vault.seal(
    { tenantId, owner: id, generation },
    { [field]: JSON.stringify({ credentials, tls } satisfies Sealed) },
  );
  await tx.query(
    `INSERT INTO connections.vault_key (owner, tenant_id, generation, kek_id, dek_wrapped) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (owner) DO UPDATE SET generation = excluded.generation, kek_id = excluded.kek_id,
       dek_wrapped = excluded.dek_wrapped WHERE vault_key.tenant_id = excluded.tenant_id`,
    [id, tenantId, generation, key.kekId, key.dekWrapped],
  );
  await tx.query(
    `INSERT INTO connections.credential (connection_id, tenant_id, generation, sealed) VALUES ($1, $2, $3, $4)
     ON CONFLICT (connection_id) DO UPDATE SET generation = excluded.generation, sealed = excluded.sealed, sealed_at = now()`,
    [id, tenantId, generation, sealed[field]],
  );
  return generation;
}

/** Deletes the key of what is sealed, and what it sealed: it never opens again, in no backup that is restored without its key either. */
export async function shredCredentials(tx: Transaction, id: string): Promise<void> {
  await tx.query('DELETE FROM connections.vault_key WHERE owner = $1', [id]);
  await tx.query('DELETE FROM connections.credential WHERE connection_id = $1', [id]);
}

interface Stored {
  readonly tenant_id: string;
  readonly provider: string;
  readonly account: string | null;
  readonly configured_account: string | null;
  readonly state: ConnectionState;
  readonly reason: Reason | null;
  readonly rates: OpenedConnection['rates'];
  /** bigint comes as text. */
  readonly generation: string | null;
  readonly sealed: Buffer | null;
  readonly kek_id: string | null;
  readonly dek_wrapped: Buffer | null;
}

const openSql = `SELECT c.tenant_id, c.provider, c.account, c.configured_account, c.state, c.reason, c.rates,
  s.generation, s.sealed, k.kek_id, k.dek_wrapped
FROM connections.connection c
LEFT JOIN connections.credential s USING (connection_id)
LEFT JOIN connections.vault_key k ON k.owner = c.connection_id
WHERE c.connection_id = $1`;

function opened(
  vault: Vault,
  id: string,
  row: Pick<Stored, 'tenant_id' | 'kek_id' | 'dek_wrapped'> & { readonly sealed: Buffer; readonly generation: number },
): Pick<OpenedConnection, 'credentials' | 'tls'> {
  const { tenant_id: tenantId, kek_id: kekId, dek_wrapped: dekWrapped, sealed, generation } = row;
  if (kekId === null || dekWrapped === null)
    throw new TrunklineError('secret_unreadable', `the credentials of ${id} have no key: it was shredded, or lost`);
  const text = vault.open({ tenantId, owner: id, generation }, { kekId, dekWrapped }, { name: field, sealed });
  // We wrote it, and nobody else can have.
  const { credentials, tls } = JSON.parse(text) as Sealed;
  if (tls === undefined) return { credentials, tls };
  const { certificate: cert, key, authority: ca } = tls;
  return { credentials, tls: { name: `${id}.${generation}`, cert, key, ...(ca === undefined ? {} : { ca }) } };
}
