import type { EventId } from '@trunkline/core';

import { type EntityKey, entityText } from './entity-key.ts';
import type { ColumnValue, Projection, ProjectionEvent } from './projection-types.ts';

/**
 * The calculation behind `project`: what a batch says about each entity, folded so that one statement can apply it.
 * Versions are ASCII, where comparing JavaScript strings equals comparing bytes.
 */

/** One row to upsert. */
export interface FoldedRow {
  readonly key: EntityKey;
  readonly sortKey: string;
  /**
   * The fields it writes (field names), sorted. With versions per field: all fields, stated or not. Rows of one batch
   * that write the same fields have the same list.
   */
  readonly columns: readonly string[];
  readonly values: Readonly<Partial<Record<string, ColumnValue>>>;
  /** The version of each group that it writes a field of: with versions per field, of each field that is stated. */
  readonly versions: ReadonlyMap<string, string>;
  readonly existence: { readonly deletedAtMs: number | null; readonly version: string } | undefined;
}

/** The events of one entity in a batch. */
export interface EntityFold {
  readonly rows: readonly FoldedRow[];
  /** Keeps the version of each group that was there before the batch: that of the first statement that found something to change. */
  sawOldVersions(versions: ReadonlyMap<string, string>): void;
  /** The events that change nothing after those before them in the batch and what was there before it. */
  staleEvents(): readonly EventId[];
}

/** The group names; a field's own group has the field's name, one of `apart` that of its version column. */
export const entityGroup = '*';
export const existenceGroup = '!';

/** The group that a field belongs to. */
export type GroupOf = (field: string) => string;

export function groupsByField(projection: Projection<string>): GroupOf {
  if (projection.versions === 'field') return (field) => field;
  const apart = new Map(
    Object.entries(projection.apart ?? {}).flatMap(([group, fields]) => fields.map((field) => [field, group] as const)),
  );
  return (field) => apart.get(field) ?? entityGroup;
}

type AnyEvent = ProjectionEvent<string>;

export function foldEntities<Field extends string>(
  projection: Projection<Field>,
  events: readonly ProjectionEvent<Field>[],
): Map<string, EntityFold> {
  const byEntity = Map.groupBy(events, ({ key }) => entityText(key));
  const folds = new Map<string, EntityFold>();
  const shapeOf = shapes(groupsByField(projection));
  for (const [sortKey, ofEntity] of byEntity) {
    const statements = ofEntity.map((event): Statement => ({ event, shape: shapeOf(event.fields) }));
    folds.set(sortKey, entityFold(projection, statements, rowsOf(projection, { sortKey, statements, shapeOf })));
  }
  return folds;
}

/** What an event states, whatever it says about it. */
interface Shape {
  /** The field names, sorted. */
  readonly columns: readonly string[];
  readonly groups: readonly string[];
  readonly groupOf: GroupOf;
}

interface Statement {
  readonly event: AnyEvent;
  readonly shape: Shape;
}

type ShapeOf = (fields: object) => Shape;

/** The shape of an object's fields: one for all objects with the same names. Nearly all events of a batch have. */
function shapes(groupOf: GroupOf): ShapeOf {
  const known = new Map<string, Shape>();
  return (fields) => {
    const names = Object.keys(fields);
    const spelt = names.join(',');
    const before = known.get(spelt);
    if (before !== undefined) return before;
    const columns = names.toSorted();
    const sorted = columns.join(',');
    const shape = known.get(sorted) ?? { columns, groups: [...new Set(names.map(groupOf))], groupOf };
    known.set(spelt, shape).set(sorted, shape);
    return shape;
  };
}

/** What an event speaks about. */
function groupsOf(projection: Projection<string>, { event, shape }: Statement): readonly string[] {
  return projection.existence && event.deletedAtMs !== undefined ? [...shape.groups, existenceGroup] : shape.groups;
}

function entityFold(
  projection: Projection<string>,
  statements: readonly Statement[],
  rows: readonly FoldedRow[],
): EntityFold {
  const old = new Map<string, string>();
  return {
    rows,
    sawOldVersions(versions): void {
      for (const [group, version] of versions) if (!old.has(group)) old.set(group, version);
    },
    staleEvents(): readonly EventId[] {
      const current = new Map(old);
      return statements
        .filter((statement) => {
          const groups = groupsOf(projection, statement);
          return groups.length > 0 && !advance(current, groups, statement.event.version);
        })
        .map(({ event }) => event.eventId);
    },
  };
}

/** True when the version was newer in at least one of the groups. A group that no statement changed is newer than all. */
function advance(current: Map<string, string>, groups: readonly string[], version: string): boolean {
  const older = groups.filter((group) => {
    const known = current.get(group);
    return known !== undefined && version > known;
  });
  for (const group of older) current.set(group, version);
  return older.length > 0;
}

interface EntityEvents {
  readonly sortKey: string;
  readonly statements: readonly Statement[];
  readonly shapeOf: ShapeOf;
}

function rowsOf(projection: Projection<string>, about: EntityEvents): readonly FoldedRow[] {
  const { sortKey, statements, shapeOf } = about;
  const key = statements[0]?.event.key;
  if (key === undefined) return [];
  const existence = projection.existence ? foldExistence(statements) : undefined;
  const payload =
    projection.versions === 'field' ? foldFields(shapeOf(projection.fields).columns, statements) : foldGroups(about);
  if (payload.length === 0)
    return existence === undefined ? [] : [{ key, sortKey, ...nothingStated, columns: shapeOf({}).columns, existence }];
  return payload.map((row, index) => ({ key, sortKey, ...row, existence: index === 0 ? existence : undefined }));
}

type Payload = Pick<FoldedRow, 'columns' | 'values' | 'versions'>;

const noVersions: ReadonlyMap<string, string> = new Map();
const nothingStated = { values: {}, versions: noVersions };

function foldExistence(statements: readonly Statement[]): FoldedRow['existence'] {
  let newest: FoldedRow['existence'];
  for (const {
    event: { deletedAtMs, version },
  } of statements) {
    if (deletedAtMs === undefined || (newest !== undefined && version <= newest.version)) continue;
    newest = { deletedAtMs, version };
  }
  return newest;
}

/** Each field by itself: the newest event that states it. One row holds them all. */
function foldFields(columns: readonly string[], statements: readonly Statement[]): readonly Payload[] {
  const values: Partial<Record<string, ColumnValue>> = {};
  const versions = new Map<string, string>();
  for (const {
    event: { fields, version },
  } of statements) {
    for (const [field, value] of Object.entries(fields)) {
      if (value === undefined || version <= (versions.get(field) ?? '')) continue;
      values[field] = value;
      versions.set(field, version);
    }
  }
  return versions.size === 0 ? [] : [{ columns, values, versions }];
}

/** Each group by itself; the n-th rows of all of them are one. Nearly all events of a batch state one group only. */
function foldGroups({ statements, shapeOf }: EntityEvents): readonly Payload[] {
  const parts = statements.flatMap((statement) => partsOf(statement, shapeOf));
  const byGroup = Map.groupBy(parts, ({ group }) => group);
  const folded = [...byGroup].map(([group, ofGroup]) => foldSnapshots(group, ofGroup));
  const [only, ...others] = folded;
  if (only === undefined || others.length === 0) return only ?? [];
  const length = Math.max(...folded.map((rows) => rows.length));
  return Array.from({ length }, (_, index) =>
    merged(
      folded.flatMap((rows) => rows[index] ?? []),
      shapeOf,
    ),
  );
}

interface Part extends Pick<AnyEvent, 'fields' | 'version'> {
  readonly group: string;
  readonly columns: readonly string[];
}

/** What an event says, by group. */
function partsOf({ event: { fields, version }, shape }: Statement, shapeOf: ShapeOf): readonly Part[] {
  const { columns, groups, groupOf } = shape;
  const [first, ...others] = groups;
  if (first === undefined) return [];
  if (others.length === 0) return [{ group: first, version, fields, columns }];
  return groups.map((group) => {
    const own = Object.fromEntries(Object.entries(fields).filter(([field]) => groupOf(field) === group));
    return { group, version, fields: own, columns: shapeOf(own).columns };
  });
}

function merged(rows: readonly Payload[], shapeOf: ShapeOf): Payload {
  const [first, ...others] = rows;
  if (first !== undefined && others.length === 0) return first;
  const values = Object.fromEntries(rows.flatMap((row) => Object.entries(row.values)));
  return { columns: shapeOf(values).columns, values, versions: new Map(rows.flatMap((row) => [...row.versions])) };
}

/**
 * One group: an event older than one before it in the batch changes nothing. Of the others a later one that states at
 * least the same fields replaces its predecessor; else both are kept, as rows of two statements, because whether the
 * earlier one is applied depends on the version in the table.
 */
function foldSnapshots(group: string, parts: readonly Part[]): readonly Payload[] {
  const rows: Payload[] = [];
  let newest = '';
  for (const { fields, columns, version } of parts) {
    if (version <= newest) continue;
    newest = version;
    const previous = rows.at(-1);
    if (previous?.columns.every((column) => Object.hasOwn(fields, column)) === true) rows.pop();
    rows.push({ columns, values: fields, versions: new Map([[group, version]]) });
  }
  return rows;
}
