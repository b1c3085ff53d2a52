import { entityColumns, type EntityKey, entityParameters, entityValues } from '../entity-key.ts';
import { identifier } from '../identifiers.ts';
import type { Transaction } from '../transaction.ts';

/** A table of what follows another entity of its account, by the column of that one's id, and is erased with it. */
export interface FollowerColumns {
  readonly table: string;
  readonly texts: readonly string[];
  readonly follows: {
    readonly table: string;
    /** Undefined: whatever its kind is. The followed table then needs an index of its erased rows without the kind. */
    readonly kind: string | undefined;
    readonly column: string;
  };
}

export interface FollowersWanted {
  readonly keys: readonly EntityKey[];
  /** Of whom: of the followers themselves, or of those whom they follow. */
  readonly of: 'followers' | 'followed';
}

/** Clears what follows an erased entity. */
export async function clearFollowers(
  tx: Transaction,
  followers: FollowerColumns,
  { keys, of }: FollowersWanted,
): Promise<void> {
  if (keys.length === 0) return;
  const { kind } = followers.follows;
  await tx.prepared(clearSql(tx.schema, followers, of), [...entityValues(keys), ...(kind === undefined ? [] : [kind])]);
}

function clearSql(schema: string, { table, texts, follows }: FollowerColumns, of: FollowersWanted['of']): string {
  const cleared = texts.map((text) => `${identifier(text)} = NULL`);
  const given = of === 'followers' ? 't' : 'f';
  return `
UPDATE ${schema}.${identifier(table)} AS t SET ${[...cleared, 'erased_at = f.erased_at'].join(', ')}, updated_at = now()
FROM unnest(${entityParameters(1)}) AS k (${entityColumns}), ${schema}.${identifier(follows.table)} AS f
WHERE f.erased_at IS NOT NULL
  AND (f.tenant_id, f.provider, f.account, f.entity_id)
    = (t.tenant_id, t.provider, t.account, t.${identifier(follows.column)})${follows.kind === undefined ? '' : ' AND f.kind = $6'}
  AND (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)
    = (${given}.tenant_id, ${given}.provider, ${given}.account, ${given}.kind, ${given}.entity_id)`;
}
