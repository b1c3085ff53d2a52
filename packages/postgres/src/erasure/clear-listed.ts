import { entityColumns, type EntityKey, entityParameters, entityValues, selectEntity } from '../entity-key.ts';
import { identifier } from '../identifiers.ts';
import type { Transaction } from '../transaction.ts';

/** A column with a list of people, as jsonb. */
export interface ListColumn {
  readonly table: string;
  readonly column: string;
}

/** The list without what it says of those with the digests (in hex). */
export type ClearList = (
  items: readonly object[],
  erased: { readonly tenantId: string; readonly digests: ReadonlySet<string> },
) => readonly object[];

/** Clears from the lists of the entities the people whose addresses are erased. */
export async function clearListed(
  tx: Transaction,
  list: ListColumn,
  { keys, clear }: { readonly keys: readonly EntityKey[]; readonly clear: ClearList },
): Promise<void> {
  if (keys.length === 0) return;
  const rows = await tx.query<ListRow>(readSql(tx.schema, list), [...entityValues(keys), list.column]);
  const cleared = rows.map(({ items, digests, ...key }) =>
    JSON.stringify(clear(items, { tenantId: key.tenantId, digests: new Set(digests) })),
  );
  await tx.query(writeSql(tx.schema, list), [...entityValues(rows), cleared]);
}

interface ListRow extends EntityKey {
  readonly items: readonly object[];
  readonly digests: readonly string[];
}

/** Of a list the party has the name of its column. */
const readSql = (schema: string, { table, column }: ListColumn): string => `
SELECT ${selectEntity('t')}, t.${identifier(column)} AS items, e.digests
FROM (
  SELECT ${entityColumns}, array_agg(encode(digest, 'hex')) AS digests
  FROM unnest(${entityParameters(1)}) AS k (${entityColumns})
  JOIN ${schema}.party_address p USING (${entityColumns})
  JOIN ${schema}.erased_address a USING (tenant_id, digest)
  WHERE p.party = $6 AND p.since <= a.erased_until
  GROUP BY ${entityColumns}
) AS e JOIN ${schema}.${identifier(table)} AS t USING (${entityColumns})
WHERE t.${identifier(column)} IS NOT NULL
ORDER BY ${entityColumns} FOR NO KEY UPDATE OF t`;

const writeSql = (schema: string, { table, column }: ListColumn): string => `
UPDATE ${schema}.${identifier(table)} AS t SET ${identifier(column)} = k.items
FROM unnest(${entityParameters(1)}, $6::jsonb[]) AS k (${entityColumns}, items)
WHERE (t.tenant_id, t.provider, t.account, t.kind, t.entity_id) = (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)`;
