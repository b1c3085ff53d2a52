import { jsonText } from '../storable.ts';
import type { Transaction } from '../transaction.ts';

/** Where a record was first appended, within its key's topic. */
export interface ParkedPlace {
  readonly partition: number;
  readonly offset: bigint;
}

/** A record that waits for those before it. */
export interface ParkedEvent extends ParkedPlace {
  readonly keyId: string;
  /** Of a request its id; without its prefix. */
  readonly uuid: string;
  readonly tenantId: string;
  readonly key: Buffer;
  /** Null: the record is a dead letter; its place is kept, so that it is known when it is read again. */
  readonly value: Buffer | null;
  /** With those that say where it was first appended. */
  readonly headers: Readonly<Record<string, string>>;
  readonly firstAppendMs: number;
}

/** Writes the events down, each at its place; what is known of a place already is replaced. */
export async function parkEvents(tx: Transaction, events: readonly ParkedEvent[]): Promise<void> {
  if (events.length === 0) return;
  await tx.query(parkSql(tx.schema), [
    events.map(({ keyId }) => keyId),
    events.map(({ partition }) => partition),
    events.map(({ offset }) => String(offset)),
    events.map(({ uuid }) => uuid),
    events.map(({ tenantId }) => tenantId),
    events.map(({ key }) => key),
    events.map(({ value }) => value),
    events.map(({ headers }) => jsonText(headers)),
    events.map(sizeOf),
    events.map(({ firstAppendMs }) => firstAppendMs),
  ]);
}

function sizeOf({ key, value, headers }: ParkedEvent): number {
  return key.length + (value?.length ?? 0) + Buffer.byteLength(JSON.stringify(headers));
}

const parkSql = (schema: string): string => `
INSERT INTO ${schema}.parked (key_id, part, off, event_id, tenant_id, key, value, headers, bytes, first_append_at)
SELECT key_id, part, off, event_id, tenant_id, key, value, headers, bytes, to_timestamp(first_append_ms / 1000)
FROM unnest($1::uuid[], $2::integer[], $3::bigint[], $4::uuid[], $5::text[], $6::bytea[], $7::bytea[], $8::jsonb[],
  $9::integer[], $10::float8[])
  AS added (key_id, part, off, event_id, tenant_id, key, value, headers, bytes, first_append_ms)
ON CONFLICT (key_id, part, off) DO UPDATE SET value = EXCLUDED.value, headers = EXCLUDED.headers, bytes = EXCLUDED.bytes`;

/** Those of the records that are dead letters of these keys. */
export async function findGone(
  tx: Transaction,
  keyIds: readonly string[],
  uuids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ readonly uuid: string }>(
    `SELECT event_id AS uuid FROM ${tx.schema}.parked
     WHERE key_id = ANY ($1::uuid[]) AND value IS NULL AND event_id = ANY ($2::uuid[])`,
    [keyIds, uuids],
  );
  return new Set(rows.map(({ uuid }) => uuid));
}

/** Those of the records whose effect is there. */
export async function findApplied(tx: Transaction, uuids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ readonly uuid: string }>(
    `SELECT event_id AS uuid FROM ${tx.schema}.inbox WHERE event_id = ANY ($1::uuid[])`,
    [uuids],
  );
  return new Set(rows.map(({ uuid }) => uuid));
}

/** What waits of a key, first to last. */
export interface WaitingEvent extends ParkedPlace {
  readonly uuid: string;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly firstAppendMs: number;
}

export async function readWaiting(tx: Transaction, keyId: string, limit: number): Promise<readonly WaitingEvent[]> {
  const rows = await tx.query<Omit<WaitingEvent, 'offset' | 'firstAppendMs'> & Record<'off' | 'firstAppendMs', string>>(
    `SELECT part AS partition, off::text, event_id AS uuid, key, value, headers,
       (extract(epoch FROM first_append_at) * 1000)::bigint::text AS "firstAppendMs"
     FROM ${tx.schema}.parked WHERE key_id = $1 AND value IS NOT NULL ORDER BY parked.part, parked.off LIMIT $2`,
    [keyId, limit],
  );
  return rows.map(({ off, firstAppendMs, ...row }) => ({
    ...row,
    offset: BigInt(off),
    firstAppendMs: Number(firstAppendMs),
  }));
}

/**
 * Takes the events out of a locked key, for the transaction that applies them. False, and nothing is taken, unless they
 * are the first that wait, in this order.
 */
export async function takeFirst(tx: Transaction, keyId: string, places: readonly ParkedPlace[]): Promise<boolean> {
  const first = await tx.query<{ readonly part: number; readonly off: string }>(
    `SELECT part, off::text FROM ${tx.schema}.parked WHERE key_id = $1 AND value IS NOT NULL ORDER BY parked.part, parked.off LIMIT $2`,
    [keyId, places.length],
  );
  const areFirst = places.every(({ partition, offset }, index) => {
    const row = first[index];
    return row?.part === partition && row.off === String(offset);
  });
  if (!areFirst) return false;
  await tx.query(
    `DELETE FROM ${tx.schema}.parked USING unnest($2::integer[], $3::bigint[]) AS taken (part, off)
     WHERE key_id = $1 AND parked.part = taken.part AND parked.off = taken.off`,
    [keyId, places.map(({ partition }) => partition), places.map(({ offset }) => String(offset))],
  );
  return true;
}

/** Whether a key still has places of dead letters. */
export async function hasGone(tx: Transaction, keyId: string): Promise<boolean> {
  const rows = await tx.query(`SELECT FROM ${tx.schema}.parked WHERE key_id = $1 AND value IS NULL LIMIT 1`, [keyId]);
  return rows.length > 0;
}
