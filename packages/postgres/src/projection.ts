import type { EventId } from '@trunkline/core';

import { entityText } from './entity-key.ts';
import { identifier } from './identifiers.ts';
import { type EntityFold, type FoldedRow, foldEntities } from './projection-fold.ts';
import { groupNames, keyOfRow, type OldVersionRow, oldVersionOf, upsertSql, upsertValues } from './projection-sql.ts';
import type { Projection, ProjectionColumn, ProjectionEvent } from './projection-types.ts';
import type { Transaction } from './transaction.ts';

export type * from './projection-types.ts';

/**
 * Applies the events with the version guard: an event changes the fields it states where it is newer than what is
 * there, and never anything else. State and result equal those of applying the events one by one in the given order.
 * Returns the events that changed nothing because everything they state was newer already.
 */
export async function project<Field extends string>(
  tx: Transaction,
  projection: Projection<Field>,
  events: readonly ProjectionEvent<Field>[],
): Promise<{ readonly stale: readonly EventId[] }> {
  const entities = foldEntities(projection, events);
  for (const wave of wavesOf(entities)) {
    for (const { fields, rows } of groupByStatedFields(wave)) {
      const text = upsertSql({ schema: tx.schema, projection, fields });
      const found = await tx.prepared<OldVersionRow>(text, upsertValues(projection, fields, rows));
      rememberOldVersions(entities, groupNames(projection, fields), found);
    }
  }
  return { stale: [...entities.values()].flatMap((entity) => entity.staleEvents()) };
}

/** Checks the names of a projection once, where it is written down. */
export function defineProjection<Field extends string>(projection: Projection<Field>): Projection<Field> {
  identifier(projection.table);
  for (const { column } of Object.values<ProjectionColumn>(projection.fields)) identifier(column);
  return projection;
}

/** The n-th rows of all entities: ON CONFLICT DO UPDATE refuses a key twice in one statement. Normally there is one wave. */
function* wavesOf(entities: ReadonlyMap<string, EntityFold>): Iterable<readonly FoldedRow[]> {
  for (let wave = 0; ; wave += 1) {
    const rows = [...entities.values()].flatMap((entity) => entity.rows[wave] ?? []);
    if (rows.length === 0) return;
    yield rows;
  }
}

interface RowGroup {
  readonly fields: readonly string[];
  readonly rows: readonly FoldedRow[];
}

/** One statement per set of written columns; normally every event of a provider states the same. */
function groupByStatedFields(rows: readonly FoldedRow[]): readonly RowGroup[] {
  const groups = Map.groupBy(rows, (row) => row.columns);
  return [...groups.values()].map((group) => ({ fields: group[0]?.columns ?? [], rows: group.toSorted(byKey) }));
}

/** In the order of the primary key: two batches that lock the same rows in different orders would deadlock. */
function byKey(a: FoldedRow, b: FoldedRow): number {
  return a.sortKey < b.sortKey ? -1 : 1;
}

/** A row that no statement returned was newer in every group, which is what staleEvents takes for granted. */
function rememberOldVersions(
  entities: ReadonlyMap<string, EntityFold>,
  groups: readonly string[],
  found: readonly OldVersionRow[],
): void {
  for (const row of found) {
    const versions = new Map(groups.map((group, index) => [group, oldVersionOf(row, index) ?? '']));
    entities.get(entityText(keyOfRow(row)))?.sawOldVersions(versions);
  }
}
