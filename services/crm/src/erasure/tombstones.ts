import type { Digest } from '@trunkline/addresses';
import {
  entityColumns,
  entityParameters,
  entityValues,
  identifier,
  type Projection,
  type Transaction,
} from '@trunkline/postgres';

import type { Erasure } from './erasure.ts';
import { subjectOf } from './standings.ts';

/**
 * Remembers that the objects were erased, and erases what is kept of them and their properties: all of it, or of one that
 * was created or restored later than that, what is older. (The version guard has cleared the latter already.)
 */
export async function setTombstones(
  tx: Transaction,
  { digest, projection }: { readonly digest: Digest; readonly projection: Projection<string> },
  erasures: readonly Erasure[],
): Promise<void> {
  if (erasures.length === 0) return;
  const versions = erasures.map(({ version }) => version);
  await tx.query(tombstoneSql, [
    erasures.map(({ key }) => key.tenantId),
    erasures.map(({ key }) => subjectOf(digest, key)),
    erasures.map(({ atMs }) => atMs),
    versions,
  ]);
  const erased = [...entityValues(erasures.map(({ key }) => key)), versions];
  await tx.query(clearSql(projection), erased);
  await tx.query(propertiesSql(projection), erased);
}

const tombstoneSql = `
INSERT INTO crm.erased AS t (tenant_id, subject, erased_at, entity_version)
SELECT DISTINCT ON (tenant_id, subject) tenant_id, decode(subject, 'hex'), to_timestamp(at / 1000), version
FROM unnest($1::text[], $2::text[], $3::double precision[], $4::text[]) AS i (tenant_id, subject, at, version)
ORDER BY tenant_id, subject, version COLLATE "C" DESC
ON CONFLICT (tenant_id, subject) DO UPDATE SET erased_at = excluded.erased_at, entity_version = excluded.entity_version
WHERE excluded.entity_version > t.entity_version`;

/** Of a row: whether it is about somebody who came back after the erasure at the version. */
export function isBackSql(row: string, version: string): string {
  return `(${row}.deleted_at IS NULL AND ${row}.existence_version > ${version} COLLATE "C")`;
}

function clearSql({ table, fields }: Projection<string>): string {
  const cleared = Object.values(fields)
    .filter(({ column }) => column !== 'deletion_reason')
    .map(({ column }) => `${identifier(column)} = NULL`);
  return `
UPDATE crm.${identifier(table)} t SET ${cleared.join(', ')}, updated_at = now()
FROM unnest(${entityParameters(1)}, $6::text[]) AS k (${entityColumns}, version)
WHERE (t.tenant_id, t.provider, t.account, t.kind, t.entity_id) = (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)
  AND NOT ${isBackSql('t', 'k.version')}`;
}

const propertiesSql = ({ table }: Projection<string>): string => `
DELETE FROM crm.property t USING unnest(${entityParameters(1)}, $6::text[]) AS k (${entityColumns}, version)
JOIN crm.${identifier(table)} c USING (${entityColumns})
WHERE (t.tenant_id, t.provider, t.account, t.kind, t.entity_id) = (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)
  AND (t.entity_version <= k.version COLLATE "C" OR NOT ${isBackSql('c', 'k.version')})`;
