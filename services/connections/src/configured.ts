import { isDeepStrictEqual } from 'node:util';

import {
  appendEvent,
  askWork,
  type OpenedConnection,
  openConnection,
  sealCredentials,
  unchecked,
} from '@trunkline/connections';
import { classify } from '@trunkline/core';
import type { Database, Transaction } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';
import type { ConfiguredConnection } from '@trunkline/sources/connections';
import type { Vault } from '@trunkline/vault';

export interface ApplyOptions {
  readonly database: Database;
  readonly vault: Vault;
  readonly log: Logger;
  readonly signal?: AbortSignal;
}

/**
 * Brings the rows in line with the file: new connections, new credentials (sealed, and checked anew), those that are gone.
 * What is as it was is not written. One that cannot be brought in line is told of and takes no other down.
 */
export async function applyConfigured(
  connections: readonly ConfiguredConnection[],
  { database, vault, log, signal }: ApplyOptions,
): Promise<void> {
  for (const connection of connections) {
    const applied = await database.transaction([connection.tenantId], (tx) => apply(tx, vault, connection), { signal });
    if (applied === 'taken') {
      log.error(
        { event: 'connections.taken', connectionId: connection.id, tenantId: connection.tenantId },
        'the id belongs to a connection of another tenant: give this one an id of its own',
      );
    } else if (applied === 'sealed' || applied === 'changed') {
      log.info({ event: 'connections.applied', connectionId: connection.id, change: applied }, 'a connection changed');
    }
  }
  await leaveOut(connections, database, signal);
}

async function apply(
  tx: Transaction,
  vault: Vault,
  connection: ConfiguredConnection,
): Promise<'taken' | 'revoked' | 'sealed' | 'changed' | 'same'> {
  const { id, tenantId, provider, auth, account, rates, checkEveryMs, credentials, tls } = connection;
  const settings = [provider, auth, account ?? null, JSON.stringify(rates), checkEveryMs];
  await tx.query(
    `INSERT INTO connections.connection (connection_id, tenant_id, provider, auth, configured_account, rates, check_every_ms)
     VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7) ON CONFLICT (connection_id) DO NOTHING`,
    [id, tenantId, ...settings],
  );
  const [row] = await tx.query<{ shredded_at: Date | null; connection_decision: string | null; provider: string }>(
    'SELECT shredded_at, connection_decision, provider FROM connections.connection WHERE connection_id = $1 FOR UPDATE',
    [id],
  );
  if (row === undefined) return 'taken';
  if (row.shredded_at !== null || row.connection_decision === 'revoked') return 'revoked';
  await tx.query(
    `INSERT INTO connections.work (kind, connection_id, tenant_id, due_at) VALUES ('check', $1, $2, now())
     ON CONFLICT (kind, connection_id) DO NOTHING`,
    [id, tenantId],
  );
  const changed = await tx.query(
    `UPDATE connections.connection SET provider = $2, auth = $3, configured_account = $4, rates = $5::jsonb, check_every_ms = $6,
       is_configured = true
     WHERE connection_id = $1
       AND (provider, auth, configured_account, rates, check_every_ms, is_configured) IS DISTINCT FROM
         ($2, $3, $4, $5::jsonb, $6::bigint, true) RETURNING connection_id`,
    [id, ...settings],
  );
  // What was good for another provider says nothing.
  const isSame = row.provider === provider && holds(await openedOf(tx, vault, id), connection);
  const isNew = credentials !== undefined && !isSame;
  if (isNew) {
    await sealCredentials(tx, vault, { id, tenantId, credentials, tls });
    await tx.query(
      `UPDATE connections.connection SET health = $2, reason = NULL, since = now(), failures = 0, refusals = 0, account = NULL
       WHERE connection_id = $1`,
      [id, unchecked.health],
    );
    await appendEvent(tx, { id, tenantId, what: 'sealed' });
  }
  if (!isNew && changed.length === 0) return 'same';
  await askWork(tx, { check: id });
  return isNew ? 'sealed' : 'changed';
}

/** What cannot be opened any more is sealed anew from the file. */
async function openedOf(tx: Transaction, vault: Vault, id: string): Promise<OpenedConnection | undefined> {
  try {
    return await openConnection(tx, vault, id);
  } catch (thrown) {
    const error = classify(thrown);
    if (error.code !== 'secret_unreadable') throw error;
    return undefined;
  }
}

function holds(opened: OpenedConnection | undefined, { credentials, tls }: ConfiguredConnection): boolean {
  const { cert, key, ca } = opened?.tls ?? {};
  return isDeepStrictEqual(
    [opened?.credentials, cert, key, ca],
    [credentials, tls?.certificate, tls?.key, tls?.authority],
  );
}

/** Those that are not in the file stand still until they are again; only an operator revokes one. */
async function leaveOut(
  connections: readonly ConfiguredConnection[],
  database: Database,
  signal: AbortSignal | undefined,
): Promise<void> {
  const gone = await database.statement<{ id: string; tenant: string }>(
    `SELECT connection_id AS id, tenant_id AS tenant FROM connections.work
     WHERE kind = 'check' AND NOT connection_id = ANY ($1::text[])`,
    [connections.map(({ id }) => id)],
    { signal },
  );
  for (const { id, tenant: tenantId } of gone) {
    await database.transaction(
      [tenantId],
      async (tx) => {
        const left = await tx.query(
          `UPDATE connections.connection SET is_configured = false
           WHERE connection_id = $1 AND is_configured AND state <> 'revoked' RETURNING connection_id`,
          [id],
        );
        if (left.length > 0) await appendEvent(tx, { id, tenantId, what: 'left_out' });
      },
      { signal },
    );
  }
}
