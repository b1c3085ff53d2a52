import { entityColumns, type EntityKey, entityParameters, entityValues, selectEntity } from '../entity-key.ts';
import { identifier } from '../identifiers.ts';
import type { Transaction } from '../transaction.ts';

/** What a table keeps of people: names of columns. Its primary key is an entity's, and it has `erased_at timestamptz`. */
export interface PersonalColumns {
  readonly table: string;
  /** What goes with a party of `party_address`. */
  readonly parties: Readonly<Record<string, readonly string[]>>;
  /** What goes with any of them: what was said may be about everybody. */
  readonly texts: readonly string[];
}

export interface ClearedRow extends EntityKey {
  /** Whether it was erased just now, or until a later time than before. */
  readonly isNews: boolean;
}

/** Clears what the rows of the entities keep of parties whose addresses are erased. Returns those that have such. */
export async function clearPersonal(
  tx: Transaction,
  { table, parties, texts }: PersonalColumns,
  keys: readonly EntityKey[],
): Promise<readonly ClearedRow[]> {
  if (keys.length === 0) return [];
  const ofParties = Object.entries(parties).flatMap(([party, columns]) =>
    columns.map(
      (column) =>
        `${identifier(column)} = CASE WHEN '${identifier(party)}' = ANY (e.parties) THEN NULL ELSE t.${identifier(column)} END`,
    ),
  );
  const ofAll = texts.map((column) => `${identifier(column)} = NULL`);
  return await tx.prepared<ClearedRow>(
    clearSql(tx.schema, identifier(table), [...ofParties, ...ofAll]),
    entityValues(keys),
  );
}

const clearSql = (schema: string, table: string, assignments: readonly string[]): string => `
UPDATE ${schema}.${table} AS t SET ${[...assignments, 'erased_at = e.erased_until'].join(', ')}, updated_at = now()
FROM (
  SELECT ${entityColumns}, array_agg(DISTINCT p.party) AS parties, max(a.erased_until) AS erased_until
  FROM unnest(${entityParameters(1)}) AS k (${entityColumns})
  JOIN ${schema}.party_address p USING (${entityColumns})
  JOIN ${schema}.erased_address a USING (tenant_id, digest)
  WHERE p.since <= a.erased_until
  GROUP BY ${entityColumns}
) AS e JOIN ${schema}.${table} AS before USING (${entityColumns})
WHERE (t.tenant_id, t.provider, t.account, t.kind, t.entity_id) = (e.tenant_id, e.provider, e.account, e.kind, e.entity_id)
RETURNING ${selectEntity('t')}, before.erased_at IS DISTINCT FROM e.erased_until AS "isNews"`;
