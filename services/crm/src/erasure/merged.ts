import type { Digest } from '@trunkline/addresses';
import type { EventId } from '@trunkline/core';
import {
  entityColumns,
  type EntityKey,
  entityOfParts,
  entityParameters,
  entityText,
  entityValues,
  type Transaction,
} from '@trunkline/postgres';

import { isBackAfter } from './admit.ts';
import type { Erasure } from './erasure.ts';
import { readStandings } from './standings.ts';
import { isBackSql } from './tombstones.ts';

/*
 * What the CRM merged into an erased contact is the same person, so it is erased with it, whichever was told first; but
 * not what it merged into one that had come back by then.
 */

/** What went into the erased contacts, and into that. */
export async function readMergedInto(tx: Transaction, erasures: readonly Erasure[]): Promise<readonly Erasure[]> {
  if (erasures.length === 0) return [];
  const rows = await tx.query<MemberRow>(mergedIntoSql, [
    ...entityValues(erasures.map(({ key }) => key)),
    erasures.map(({ version }) => version),
    erasures.map(({ atMs }) => atMs),
    erasures.map(({ eventId }) => eventId),
  ]);
  return rows.map(({ key, version, at, event_id: eventId }) => ({
    key: entityOfParts(key),
    version,
    atMs: at,
    eventId,
  }));
}

interface MemberRow {
  readonly key: readonly string[];
  readonly version: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly event_id: EventId;
}

/** Those of the contacts that went into one which is erased already. */
export async function readIntoErased(
  tx: Transaction,
  digest: Digest,
  keys: readonly EntityKey[],
): Promise<readonly Omit<Erasure, 'eventId'>[]> {
  if (keys.length === 0) return [];
  const merges = (await tx.query<MergeRow>(mergesSql, entityValues(keys))).map(({ key, merged_into, version }) => ({
    key: entityOfParts(key),
    into: { ...entityOfParts(key), entityId: merged_into },
    version,
  }));
  const standings = await readStandings(
    tx,
    { table: 'contact', digest },
    merges.map(({ into }) => into),
  );
  return merges.flatMap(({ key, into, version }) => {
    const standing = standings.get(entityText(into));
    if (standing === undefined) return [];
    const { erasedVersion, erasedAtMs } = standing;
    if (version > erasedVersion && isBackAfter(standing, erasedVersion)) return [];
    return [{ key, version: erasedVersion, atMs: erasedAtMs }];
  });
}

interface MergeRow {
  readonly key: readonly string[];
  readonly merged_into: string;
  readonly version: string;
}

const mergedIntoSql = `
WITH RECURSIVE erased AS (
  SELECT * FROM unnest(${entityParameters(1)}, $6::text[], $7::double precision[], $8::text[])
    AS k (${entityColumns}, version, at, event_id)
), member AS (
  SELECT * FROM erased
  UNION
  SELECT c.tenant_id, c.provider, c.account, c.kind, c.entity_id, member.version, member.at, member.event_id
  FROM member
  JOIN crm.contact c ON (c.tenant_id, c.provider, c.account, c.kind, c.merged_into)
    = (member.tenant_id, member.provider, member.account, member.kind, member.entity_id)
  JOIN crm.contact other ON (other.tenant_id, other.provider, other.account, other.kind, other.entity_id)
    = (member.tenant_id, member.provider, member.account, member.kind, member.entity_id)
  WHERE c.deleted_at IS NOT NULL
    AND (c.merged_into_version <= member.version COLLATE "C" OR NOT ${isBackSql('other', 'member.version')})
)
SELECT ARRAY[tenant_id, provider, account, kind, entity_id] AS key, version, at, event_id FROM member
WHERE (tenant_id, provider, account, kind, entity_id) NOT IN (SELECT ${entityColumns} FROM erased)`;

const mergesSql = `
SELECT ARRAY[c.tenant_id, c.provider, c.account, c.kind, c.entity_id] AS key, c.merged_into, c.merged_into_version AS version
FROM unnest(${entityParameters(1)}) AS k (${entityColumns})
JOIN crm.contact c USING (${entityColumns})
WHERE c.deleted_at IS NOT NULL AND c.merged_into IS NOT NULL`;
