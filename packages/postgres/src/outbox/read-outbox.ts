import { escapeLiteral } from 'pg';

import { arrayLiteral, byteaText, numberArrayLiteral } from '../array-literal.ts';
import { BinaryCopyReader, placeArray } from '../binary-format.ts';
import type { CopyBuffer } from '../copy-out.ts';
import type { Database } from '../database.ts';
import { outboxShards } from '../framework/outbox-table.ts';
import { asNotMigrated, migrateFix } from '../not-migrated.ts';
import type { Transaction } from '../transaction.ts';
import type { OutboxRow } from './add-to-outbox.ts';

/** Shards in which rows wait. One statement; on an empty outbox a glance at the index. */
export async function findWaitingShards(database: Database, signal?: AbortSignal): Promise<readonly number[]> {
  const rows = await database.statement<{ readonly shard: number }>(waitingShardsSql(database.schema), [], { signal });
  return rows.map(({ shard }) => shard);
}

const waitingShardsSql = (schema: string): string => `
SELECT shard FROM generate_series(0, ${outboxShards - 1}) AS shards (shard)
WHERE (SELECT true FROM ${schema}.outbox AS waiting WHERE waiting.shard = shards.shard ORDER BY tenant_id, id LIMIT 1)`;

/**
 * Those of the shards that are this transaction's until it ends. Read their rows in a later statement: that one sees what
 * the transaction before has deleted. The transaction's commit does not wait for the server's disk: deletions that a
 * crash of the server undoes are of records that are published again, as after any other crash.
 *
 * Statistics may be of a time when the outbox was empty: it is read by its index, whatever they say.
 */
export async function takeShards(tx: Transaction, shards: readonly number[]): Promise<readonly number[]> {
  const rows = await tx.prepared<{ readonly shard: number }>(takeShardsSql, [
    `${tx.schema}.outbox`,
    numberArrayLiteral(shards),
  ]);
  return rows.map(({ shard }) => shard);
}

const takeShardsSql = `
WITH settings AS MATERIALIZED (
  SELECT set_config('synchronous_commit', 'off', true), set_config('enable_seqscan', 'off', true),
    set_config('enable_bitmapscan', 'off', true)
), asked AS MATERIALIZED (
  SELECT shard FROM settings, unnest($2::int[]) AS asked (shard)
)
SELECT shard FROM asked WHERE pg_try_advisory_xact_lock(hashtext($1), shard)`;

export interface ShardTurn {
  readonly shard: number;
  /** The first tenant in alphabetical order after this one is served first; empty for the first of all. */
  readonly afterTenant: string;
  /** These are served, and no others are looked for, where it is the only shard of the request and any are named. */
  readonly goingOn?: readonly TenantPlace[];
}

/** A tenant of a shard of whom more waits. */
export interface TenantPlace {
  readonly tenantId: string;
  /** The rows behind this one are read: those before it are published, and looking past what is left of them costs. */
  readonly afterId: number;
}

export interface WaitingRowsRequest {
  readonly shards: readonly ShardTurn[];
  /** Rows of these keys are passed over. */
  readonly withoutKeys: readonly Buffer[];
  /** Of each shard one counts. */
  readonly maxTenants: number;
  readonly maxRows: number;
  /**
   * Where the rows are put: `key` and `value` of each are views of it. They occupy together, as Postgres writes them, what
   * it takes; a larger row comes alone.
   */
  readonly into: CopyBuffer;
}

export interface WaitingRow extends Omit<OutboxRow, 'tenantId'> {
  readonly id: number;
  /** Where the row is stored, for as long as its shard is taken. */
  readonly place: number;
}

export interface WaitingRows {
  /** Tenant after tenant, each tenant's in the order of ids, so that those of one key are in order. */
  readonly rows: readonly WaitingRow[];
  /** What they occupy. */
  readonly bytes: number;
  /** Where the next request goes on in a shard; where none is named, all its tenants had a turn. */
  readonly nextAfterTenants: ReadonlyMap<number, string>;
  /**
   * Where all tenants of the one shard had a turn, those of whom more waits. Go on with them a few times only: a tenant
   * that is new waits meanwhile, and so does a row that has drawn its id before others and was committed after them.
   */
  readonly goingOn: readonly TenantPlace[];
}

/**
 * The oldest waiting rows of as many tenants, in equal shares: what one tenant has waiting does not keep the others from
 * their turn, and does not make the question dearer. Where the bytes are used up, the next request goes on behind.
 *
 * Postgres sorts nothing and adds nothing up, which was two fifths of its work; so it writes rows that are not kept when
 * more are asked for than fit. Ask for about as many as do.
 */
export async function readWaitingRows(tx: Transaction, request: WaitingRowsRequest): Promise<WaitingRows> {
  const maxTenants = Math.min(request.maxTenants, request.maxRows);
  // One more, to know whether there is any.
  const found = tenantsGoingOn(request.shards) ?? (await findTenants(tx, request.shards, maxTenants + 1));
  const tenants = found.slice(0, maxTenants);
  if (tenants.length === 0) return { rows: [], bytes: 0, nextAfterTenants: new Map(), goingOn: [] };
  const maxRowsEach = Math.floor(request.maxRows / tenants.length);
  const query = waitingRowsSql(tx.schema, { tenants, maxRowsEach, withoutKeys: request.withoutKeys });
  const answer = await tx.copyOut(`COPY (${query}) TO STDOUT (FORMAT binary)`, request.into);
  const reader = new BinaryCopyReader(answer);
  const rows: WaitingRow[] = [];
  const places = tenants.map(({ tenantId }) => ({ tenantId, afterId: 0, rows: 0 }));
  let served = 0;
  while (reader.nextRow()) {
    served = reader.bigint() ?? served;
    const row = waitingRow(reader);
    rows.push(row);
    const place = places[served - 1];
    if (place === undefined) throw new RangeError(`a row of tenant ${served} of ${places.length}`);
    place.afterId = row.id;
    place.rows += 1;
  }
  if (!reader.isCut) served = tenants.length;
  const bytes = answer.length;
  if (served < found.length)
    return { rows, bytes, nextAfterTenants: placesBehind(request.shards, found, served), goingOn: [] };
  const goingOn = request.shards.length > 1 ? [] : places.filter((place) => place.rows === maxRowsEach);
  return { rows, bytes, nextAfterTenants: new Map(), goingOn };
}

/** The tenants to go on with; undefined where they are to be looked for. */
function tenantsGoingOn([shard, ...others]: readonly ShardTurn[]): readonly TenantOfShard[] | undefined {
  if (shard?.goingOn === undefined || shard.goingOn.length === 0 || others.length > 0) return undefined;
  return shard.goingOn.map((place) => ({ ...place, shard: shard.shard }));
}

interface TenantOfShard extends TenantPlace {
  readonly shard: number;
}

async function findTenants(
  tx: Transaction,
  shards: readonly ShardTurn[],
  maxTenants: number,
): Promise<readonly TenantOfShard[]> {
  const rows = await tx.prepared<Omit<TenantOfShard, 'afterId'>>(tenantsSql(tx.schema), [
    numberArrayLiteral(shards.map(({ shard }) => shard)),
    arrayLiteral(shards.map(({ afterTenant }) => afterTenant)),
    maxTenants,
  ]);
  return rows.map((row) => ({ ...row, afterId: 0 }));
}

/**
 * From tenant to tenant by the index, without reading the rows between: the first tenant of each shard, then the second
 * of each. Prepared: takeShards has left the planner nothing but the index.
 */
const tenantsSql = (schema: string): string => `
WITH RECURSIVE tenants (shard, tenant_id) AS (
  SELECT asked.shard, (SELECT o.tenant_id FROM ${schema}.outbox o WHERE o.shard = asked.shard AND o.tenant_id > asked.after
    ORDER BY o.tenant_id LIMIT 1)
  FROM unnest($1::smallint[], $2::text[]) AS asked (shard, after)
  UNION ALL
  SELECT tenants.shard, (SELECT o.tenant_id FROM ${schema}.outbox o
    WHERE o.shard = tenants.shard AND o.tenant_id > tenants.tenant_id ORDER BY o.tenant_id LIMIT 1)
  FROM tenants WHERE tenants.tenant_id IS NOT NULL
)
SELECT shard, tenant_id AS "tenantId" FROM tenants WHERE tenant_id IS NOT NULL LIMIT $3`;

interface TenantRows {
  readonly tenants: readonly TenantOfShard[];
  readonly maxRowsEach: number;
  readonly withoutKeys: readonly Buffer[];
}

/** Each row behind the number of its tenant in the list, from 1. Tenants come in the order of the list. */
function waitingRowsSql(schema: string, { tenants, maxRowsEach, withoutKeys }: TenantRows): string {
  const shards = escapeLiteral(numberArrayLiteral(tenants.map(({ shard }) => shard)));
  const ids = escapeLiteral(arrayLiteral(tenants.map(({ tenantId }) => tenantId)));
  const afterIds = escapeLiteral(numberArrayLiteral(tenants.map(({ afterId }) => afterId)));
  const without = escapeLiteral(arrayLiteral(withoutKeys.map(byteaText)));
  return `
SELECT served.number, line.*
FROM unnest(${shards}::smallint[], ${ids}::text[], ${afterIds}::bigint[]) WITH ORDINALITY
  AS served (shard, tenant_id, after_id, number)
CROSS JOIN LATERAL (
  SELECT ctid, id, record_id::text, topic, key, value, headers FROM ${schema}.outbox o
  WHERE o.shard = served.shard AND o.tenant_id = served.tenant_id AND o.id > served.after_id
    ${withoutKeys.length === 0 ? '' : `AND o.key <> ALL (${without}::bytea[])`}
  ORDER BY o.id LIMIT ${maxRowsEach}
) AS line`;
}

/** What comes behind the tenant's number, in the order of the query. */
function waitingRow(reader: BinaryCopyReader): WaitingRow {
  const place = reader.place();
  const id = reader.bigint();
  const recordId = reader.text();
  const topic = reader.text();
  const key = reader.bytes();
  const value = reader.bytes();
  const headers = reader.text();
  if (place === null || id === null || recordId === null || topic === null)
    throw new TypeError('a row of the outbox without its place, its ids or its topic');
  if (key === null || value === null || headers === null)
    throw new TypeError('a row of the outbox without its key, its value or its headers');
  // Headers as addToOutbox has written them.
  return { place, id, recordId, topic, key, value, headers: JSON.parse(headers) as WaitingRow['headers'] };
}

/** In each shard behind the last of its tenants that were served; where none was, where the request began. */
function placesBehind(
  shards: readonly ShardTurn[],
  tenants: readonly TenantOfShard[],
  served: number,
): ReadonlyMap<number, string> {
  const began = new Map(shards.map(({ shard, afterTenant }) => [shard, afterTenant]));
  const places = new Map(tenants.map(({ shard }) => [shard, began.get(shard) ?? '']));
  for (const { shard, tenantId } of tenants.slice(0, served)) places.set(shard, tenantId);
  return places;
}

/** The rows are published: they are gone with this transaction, which is the one that read them. */
export async function removeFromOutbox(tx: Transaction, rows: readonly WaitingRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(removeSql(tx.schema), [
    placeArray(rows.map(({ place }) => place)),
    rows.reduce((latest, { id }) => Math.max(latest, id), 0),
  ]);
}

/**
 * By place, which costs no search. Where a row was that someone else has deleted, another one may be now: of a later id.
 *
 * Not prepared: a plan made while little waited would look at every row of a full outbox.
 */
const removeSql = (schema: string): string =>
  `DELETE FROM ${schema}.outbox WHERE ctid = ANY ($1::tid[]) AND id <= $2::bigint`;

export interface OutboxSize {
  /** Counted up to the limit only. */
  readonly rows: number;
  /** Age of the oldest of those counted, seconds; 0 when none waits. */
  readonly oldestSeconds: number;
}

interface SizeRow {
  readonly rows: string;
  readonly oldest: number | null;
}

/**
 * How much waits, and for how long. Reads every waiting row up to the limit, so ask seldom. Rejects with
 * `config_invalid` when the database was not migrated.
 */
export async function measureOutbox(
  database: Database,
  { maxRows, signal }: { readonly maxRows: number; readonly signal?: AbortSignal },
): Promise<OutboxSize> {
  const { schema } = database;
  try {
    const [row] = await database.statement<SizeRow>(sizeSql(schema), [maxRows], { signal });
    return { rows: Number(row?.rows ?? 0), oldestSeconds: Math.max(0, row?.oldest ?? 0) };
  } catch (thrown) {
    throw asNotMigrated(thrown, `the database has no outbox of ${schema}: ${migrateFix}`);
  }
}

const sizeSql = (schema: string): string => `
SELECT count(*)::text AS rows, extract(epoch FROM now() - min(created_at))::float8 AS oldest
FROM (SELECT created_at FROM ${schema}.outbox LIMIT $1) AS waiting`;
