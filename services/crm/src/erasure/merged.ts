import type { EventId } from '@trunkline/core';
import {
  entityColumns,
  type EntityKey,
  entityOfParts,
  entityParameters,
  entityValues,
  type Transaction,
} from '@trunkline/postgres';

import type { Erasure } from './erasure.ts';

/*
 * What the CRM merged into an erased contact is the same person, so it is erased with it, whichever was told first.
 */

/** What went into the erased contacts, and into that. */
export async function readMergedInto(tx: Transaction, erasures: readonly Erasure[]): Promise<readonly Erasure[]> {
  if (erasures.length === 0) return [];
  const rows = await tx.query<Row & { readonly event_id: EventId }>(mergedIntoSql, [
    ...entityValues(erasures.map(({ key }) => key)),
    erasures.map(({ version }) => version),
    erasures.map(({ atMs }) => atMs),
    erasures.map(({ eventId }) => eventId),
  ]);
  return rows.map((row) => ({ ...erasureOf(row), eventId: row.event_id }));
}

/** Those of the contacts that went into one which is erased already. */
export async function readIntoErased(
  tx: Transaction,
  keys: readonly EntityKey[],
): Promise<readonly Omit<Erasure, 'eventId'>[]> {
  if (keys.length === 0) return [];
  return (await tx.query<Row>(intoErasedSql, entityValues(keys))).map(erasureOf);
}

interface Row {
  readonly key: readonly string[];
  readonly version: string;
  /** Epoch milliseconds. */
  readonly at: string | number;
}

function erasureOf({ key, version, at }: Row): Omit<Erasure, 'eventId'> {
  return { key: entityOfParts(key), version, atMs: Number(at) };
}

const mergedIntoSql = `
WITH RECURSIVE erased AS (
  SELECT * FROM unnest(${entityParameters(1)}, $6::text[], $7::double precision[], $8::text[])
    AS k (${entityColumns}, version, at, event_id)
), member AS (
  SELECT * FROM erased
  UNION
  SELECT c.tenant_id, c.provider, c.account, c.kind, c.entity_id, member.version, member.at, member.event_id
  FROM member JOIN crm.contact c ON (c.tenant_id, c.provider, c.account, c.kind, c.merged_into)
    = (member.tenant_id, member.provider, member.account, member.kind, member.entity_id)
  WHERE c.deleted_at IS NOT NULL
)
SELECT ARRAY[tenant_id, provider, account, kind, entity_id] AS key, version, at, event_id FROM member
WHERE (tenant_id, provider, account, kind, entity_id) NOT IN (SELECT ${entityColumns} FROM erased)`;

const intoErasedSql = `
SELECT ARRAY[c.tenant_id, c.provider, c.account, c.kind, c.entity_id] AS key, other.deletion_reason_version AS version,
  extract(epoch FROM other.deleted_at) * 1000 AS at
FROM unnest(${entityParameters(1)}) AS k (${entityColumns})
JOIN crm.contact c USING (${entityColumns})
JOIN crm.contact other ON (other.tenant_id, other.provider, other.account, other.kind, other.entity_id)
  = (c.tenant_id, c.provider, c.account, c.kind, c.merged_into)
WHERE c.deleted_at IS NOT NULL AND other.deleted_at IS NOT NULL AND other.deletion_reason = 'privacy'`;
