import { asNotMigrated, type Database, migrateFix, type Transaction } from '@trunkline/postgres';

import type { ConnectionState, Health, Reason } from './standing.ts';

/** One connection as its row has it: no secret is in it. */
export interface ConnectionRow {
  readonly id: string;
  readonly tenantId: string;
  readonly provider: string;
  readonly auth: string;
  /** At the provider: as it said, else as the file says. */
  readonly account: string | undefined;
  readonly state: ConnectionState;
  readonly health: Health;
  readonly reason: Reason | undefined;
  /** Of the health. */
  readonly since: Date;
  readonly isConfigured: boolean;
  readonly checkedAt: Date | undefined;
  readonly checkEveryMs: number;
  /** Narrower ones than the client's, as the file says. */
  readonly rates: Readonly<Record<string, { readonly count: number; readonly periodMs: number }>>;
  readonly nextCheckAt: Date | undefined;
  readonly failures: number;
  readonly refusals: number;
  /** How many credentials it has had; 0: none. */
  readonly generation: number;
  readonly sealedAt: Date | undefined;
}

/** What happened to a connection, by the service or by an operator. */
export interface ConnectionEvent {
  readonly at: Date;
  readonly who: string;
  readonly what: string;
  readonly reason: string | undefined;
}

/** The connections of all tenants, in the order of their ids; at most `limit`. */
export async function listConnections(
  database: Database,
  { tenant, limit, signal }: { readonly tenant?: string; readonly limit: number; readonly signal?: AbortSignal },
): Promise<readonly ConnectionRow[]> {
  return await migrated(async () => {
    const tenants = tenant === undefined ? await tenantsOf(database, signal) : [tenant];
    const rows = await database.transaction(
      tenants,
      (tx) => tx.query<Stored>(`${selectSql} ORDER BY c.connection_id LIMIT $1`, [limit]),
      { signal },
    );
    return rows.map(rowOf);
  });
}

export async function findConnection(
  database: Database,
  id: string,
  signal?: AbortSignal,
): Promise<ConnectionRow | undefined> {
  return await migrated(async () => {
    const tenant = await tenantOf(database, id, signal);
    if (tenant === undefined) return undefined;
    const rows = await database.transaction(
      [tenant],
      (tx) => tx.query<Stored>(`${selectSql} WHERE c.connection_id = $1`, [id]),
      { signal },
    );
    return rows.map(rowOf)[0];
  });
}

/** The newest of what happened to a connection, newest first. */
export async function eventsOf(
  database: Database,
  { id, tenantId }: Pick<ConnectionRow, 'id' | 'tenantId'>,
  { limit, signal }: { readonly limit: number; readonly signal?: AbortSignal },
): Promise<readonly ConnectionEvent[]> {
  const rows = await database.transaction(
    [tenantId],
    (tx) =>
      tx.query<{ at: Date; who: string; what: string; reason: string | null }>(
        `SELECT at, 'connections' AS who, what, reason FROM connections.audit WHERE connection_id = $1
         UNION ALL SELECT at, actor, action, nullif(note, '') FROM trunkline.audit WHERE target = $1
         ORDER BY at DESC LIMIT $2`,
        [id, limit],
      ),
    { signal },
  );
  return rows.map(({ reason, ...row }) => ({ ...row, reason: reason ?? undefined }));
}

/** Whose a connection is; undefined where there is none. */
export async function tenantOf(database: Database, id: string, signal?: AbortSignal): Promise<string | undefined> {
  const rows = await database.statement<{ tenant_id: string }>(
    `SELECT tenant_id FROM connections.work WHERE kind = 'check' AND connection_id = $1`,
    [id],
    { signal },
  );
  return rows[0]?.tenant_id;
}

/** Those that have a connection. */
async function tenantsOf(database: Database, signal?: AbortSignal): Promise<readonly string[]> {
  const rows = await database.statement<{ tenant_id: string }>(
    `SELECT DISTINCT tenant_id FROM connections.work WHERE tenant_id IS NOT NULL ORDER BY 1`,
    [],
    { signal },
  );
  return rows.map(({ tenant_id: tenant }) => tenant);
}

/** Appends to what happened to a connection. */
export async function appendEvent(
  tx: Transaction,
  event: {
    readonly id: string;
    readonly tenantId: string;
    readonly what: string;
    readonly reason?: string | undefined;
  },
): Promise<void> {
  await tx.query('INSERT INTO connections.audit (tenant_id, connection_id, what, reason) VALUES ($1, $2, $3, $4)', [
    event.tenantId,
    event.id,
    event.what,
    event.reason ?? null,
  ]);
}

export async function migrated<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    throw asNotMigrated(thrown, `the database has no connections: ${migrateFix}`);
  }
}

interface Stored {
  readonly connection_id: string;
  readonly tenant_id: string;
  readonly provider: string;
  readonly auth: string;
  readonly account: string | null;
  readonly state: ConnectionState;
  readonly health: Health;
  readonly reason: Reason | null;
  readonly since: Date;
  readonly is_configured: boolean;
  readonly checked_at: Date | null;
  /** bigint comes as text. */
  readonly check_every_ms: string;
  readonly rates: ConnectionRow['rates'];
  readonly due_at: Date | null;
  readonly failures: number;
  readonly refusals: number;
  readonly generation: string | null;
  readonly sealed_at: Date | null;
}

const selectSql = `SELECT c.connection_id, c.tenant_id, c.provider, c.auth, coalesce(c.account, c.configured_account) AS account,
  c.state, c.health, c.reason, c.since, c.is_configured, c.checked_at, c.check_every_ms, c.rates, w.due_at, c.failures, c.refusals,
  k.generation, k.sealed_at
FROM connections.connection c
LEFT JOIN connections.credential k USING (connection_id)
LEFT JOIN connections.work w ON w.kind = 'check' AND w.connection_id = c.connection_id`;

function rowOf(stored: Stored): ConnectionRow {
  return {
    id: stored.connection_id,
    tenantId: stored.tenant_id,
    provider: stored.provider,
    auth: stored.auth,
    account: stored.account ?? undefined,
    state: stored.state,
    health: stored.health,
    reason: stored.reason ?? undefined,
    since: stored.since,
    isConfigured: stored.is_configured,
    checkedAt: stored.checked_at ?? undefined,
    checkEveryMs: Number(stored.check_every_ms),
    rates: stored.rates,
    nextCheckAt: stored.due_at ?? undefined,
    failures: stored.failures,
    refusals: stored.refusals,
    generation: Number(stored.generation ?? 0),
    sealedAt: stored.sealed_at ?? undefined,
  };
}
