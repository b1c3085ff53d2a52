import type { Database } from '@trunkline/postgres';

import { Conditions } from '../read/conditions.ts';
import { withTenants, type TenantScope } from '../scope.ts';
import { inGroupSql, type LetterReference, referenceSql } from './filter.ts';

/** Of these names those that no letter of the group has, as far as the scope sees. */
export async function findUnknown<Name extends LetterReference>(
  database: Database,
  asked: {
    readonly group: string;
    readonly scope: TenantScope;
    readonly names: readonly Name[];
    readonly signal?: AbortSignal | undefined;
  },
): Promise<readonly Name[]> {
  const { group, scope, names, signal } = asked;
  const conditions = new Conditions();
  const inGroup = inGroupSql(conditions.name(group));
  const known = names.map(
    (name) => `EXISTS (SELECT FROM journal.letter LEFT JOIN journal.name topic ON topic.id = letter.orig_topic
      WHERE ${inGroup} AND ${referenceSql(name, conditions)})`,
  );
  const rows = await withTenants(
    database,
    scope,
    (tx) =>
      tx.query<{ readonly known: readonly boolean[] }>(
        `SELECT ARRAY[${known.join(', ')}]::boolean[] AS known`,
        conditions.values,
      ),
    { signal },
  );
  return names.filter((_, place) => rows[0]?.known[place] !== true);
}
