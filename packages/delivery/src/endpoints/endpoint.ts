import type { Format } from '@trunkline/payload';
import type { Database, Transaction } from '@trunkline/postgres';

import { type EndpointId, endpointIdOfUuid, endpointUuid } from '../ids.ts';
import type { EndpointOrdering, OnExhausted } from '../ordering.ts';
import { readSecrets, type SecretInfo } from '../secrets.ts';

/** Paused: what comes waits; disabled: what comes is skipped. Both are sent nothing. */
export type EndpointState = 'enabled' | 'paused' | 'disabled' | 'deleted';

/** What is to be done with an endpoint so that it is sent to. */
export const cures: Readonly<Record<EndpointState, string>> = {
  enabled: 'nothing is to be done',
  paused: 'resume it',
  disabled: 'enable it',
  deleted: 'make another one',
};

/** A place of a tenant that wants to be told of events. */
export interface Endpoint {
  readonly endpointId: EndpointId;
  readonly tenantId: string;
  readonly url: string;
  readonly description: string;
  readonly types: readonly string[];
  /** Which of them, in CEL; empty: all. */
  readonly filter: string;
  readonly format: Format;
  /** Seconds before each attempt. */
  readonly schedule: readonly number[];
  readonly timeoutMs: number;
  readonly maxInFlight: number;
  readonly ordering: EndpointOrdering;
  readonly onExhausted: OnExhausted;
  readonly state: EndpointState;
  readonly stateReason: string;
  readonly stateSinceMs: number;
  readonly createdBy: string;
  readonly createdAtMs: number;
}

/** How it fares. */
export interface EndpointHealth {
  readonly lastSuccessAtMs: number | null;
  readonly lastFailureAtMs: number | null;
  readonly lastCode: string | null;
  /** Of the failure that no success has followed. */
  readonly failingSinceMs: number | null;
  readonly failures: number;
  /** Which share of the time until it is disabled was told of, in percent. */
  readonly told: number;
}

/** Of the newest message that its filter could not judge. */
export interface FilterFailure {
  readonly atMs: number;
  readonly reason: string;
}

export interface KnownEndpoint {
  readonly endpoint: Endpoint;
  readonly health: EndpointHealth;
  /** Null: it has judged every message. */
  readonly filterFailure: FilterFailure | null;
  /** Newest first; none of one that is deleted. */
  readonly secrets: readonly SecretInfo[];
}

interface Row {
  readonly endpoint_id: string;
  readonly tenant_id: string;
  readonly url: string;
  readonly description: string;
  readonly types: readonly string[];
  readonly filter: string;
  readonly format: Format;
  readonly schedule: readonly number[];
  readonly timeout_ms: number;
  readonly max_in_flight: number;
  readonly ordering: EndpointOrdering;
  readonly on_exhausted: OnExhausted;
  readonly state: EndpointState;
  readonly state_reason: string;
  readonly state_since: Date;
  readonly created_by: string;
  readonly created_at: Date;
  readonly last_success_at: Date | null;
  readonly last_failure_at: Date | null;
  readonly last_code: string | null;
  readonly failing_since: Date | null;
  readonly failures: number | null;
  readonly told: number | null;
  readonly filter_failed_at: Date | null;
  readonly filter_failure: string | null;
}

/** Endpoints of the transaction's tenants by their ids, with their secrets; those that are not there are left out. */
export async function readEndpoints(tx: Transaction, ids: readonly EndpointId[]): Promise<readonly KnownEndpoint[]> {
  const uuids = ids.map(endpointUuid);
  return await known(tx, await tx.query<Row>(selectSql(tx, 'e.endpoint_id = ANY ($1::uuid[])'), [uuids]));
}

/** All endpoints of tenants, oldest first. */
export async function listEndpoints(
  database: Database,
  { tenants, signal }: { readonly tenants: readonly string[]; readonly signal?: AbortSignal },
): Promise<readonly KnownEndpoint[]> {
  const where = `e.tenant_id = ANY ($1::text[]) AND e.state <> 'deleted'`;
  return await database.transaction(
    tenants,
    async (tx) => known(tx, await tx.query<Row>(selectSql(tx, where), [tenants])),
    { signal },
  );
}

/** A page of the endpoints of the transaction's tenant, oldest first. */
export async function readEndpointsAfter(
  tx: Transaction,
  { after, limit }: { readonly after?: EndpointId | undefined; readonly limit: number },
): Promise<readonly KnownEndpoint[]> {
  // Their ids go with the time: each begins with it.
  const where = `e.state <> 'deleted' AND ($1::uuid IS NULL OR e.endpoint_id > $1::uuid)`;
  const values = [after === undefined ? null : endpointUuid(after), limit];
  return await known(tx, await tx.query<Row>(selectSql(tx, where, 'e.endpoint_id LIMIT $2'), values));
}

/** The tenants that have an endpoint, or had one. */
export async function tenantsWithEndpoints(database: Database, signal?: AbortSignal): Promise<readonly string[]> {
  const rows = await database.statement<{ readonly tenant_id: string }>(
    `SELECT DISTINCT tenant_id FROM ${database.schema}.route ORDER BY tenant_id`,
    [],
    { signal },
  );
  return rows.map((row) => row.tenant_id);
}

/** Whose the endpoint is; undefined where there is none. */
export async function tenantOfEndpoint(
  database: Database,
  id: EndpointId,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const rows = await database.statement<{ readonly tenant_id: string }>(
    `SELECT tenant_id FROM ${database.schema}.route WHERE endpoint_id = $1::uuid`,
    [endpointUuid(id)],
    { signal },
  );
  return rows[0]?.tenant_id;
}

/** One endpoint, whosesoever it is; undefined where there is none. */
export async function findEndpoint(
  database: Database,
  id: EndpointId,
  signal?: AbortSignal,
): Promise<KnownEndpoint | undefined> {
  const tenant = await tenantOfEndpoint(database, id, signal);
  if (tenant === undefined) return undefined;
  const [found] = await database.transaction([tenant], (tx) => readEndpoints(tx, [id]), { signal });
  return found;
}

async function known(tx: Transaction, rows: readonly Row[]): Promise<readonly KnownEndpoint[]> {
  const secrets = await readSecrets(
    tx,
    rows.map((row) => row.endpoint_id),
  );
  return rows.map((row) => ({
    endpoint: {
      endpointId: endpointIdOfUuid(row.endpoint_id),
      tenantId: row.tenant_id,
      url: row.url,
      description: row.description,
      types: row.types,
      filter: row.filter,
      format: row.format,
      schedule: row.schedule,
      timeoutMs: row.timeout_ms,
      maxInFlight: row.max_in_flight,
      ordering: row.ordering,
      onExhausted: row.on_exhausted,
      state: row.state,
      stateReason: row.state_reason,
      stateSinceMs: row.state_since.getTime(),
      createdBy: row.created_by,
      createdAtMs: row.created_at.getTime(),
    },
    health: {
      lastSuccessAtMs: row.last_success_at?.getTime() ?? null,
      lastFailureAtMs: row.last_failure_at?.getTime() ?? null,
      lastCode: row.last_code,
      failingSinceMs: row.failing_since?.getTime() ?? null,
      failures: row.failures ?? 0,
      told: row.told ?? 0,
    },
    filterFailure: filterFailureOf(row),
    secrets: secrets.get(row.endpoint_id) ?? [],
  }));
}

function filterFailureOf({ filter_failed_at: at, filter_failure: reason }: Row): FilterFailure | null {
  return at === null || reason === null ? null : { atMs: at.getTime(), reason };
}

const selectSql = ({ schema }: Transaction, where: string, order = 'e.created_at, e.endpoint_id'): string => `
SELECT e.*, h.last_success_at, h.last_failure_at, h.last_code, h.failing_since, h.failures, h.told,
  h.filter_failed_at, h.filter_failure
FROM ${schema}.endpoint e LEFT JOIN ${schema}.endpoint_health h ON h.endpoint_id = e.endpoint_id
WHERE ${where} ORDER BY ${order}`;
