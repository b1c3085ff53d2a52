import type { EventId } from '@trunkline/core';

import type { ColumnValue, EntityKey, Projection, ProjectionEvent } from './projection-types.ts';

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
  const byEntity = Map.groupBy(events, ({ key }) => keyText(keyParts(key)));
  const folds = new Map<string, EntityFold>();
  const columnsOf = columnLists();
  const groupOf = groupsByField(projection);
  for (const [sortKey, ofEntity] of byEntity) {
    const stating = ofEntity.map((event): Statement => ({ event, groups: groupsOf(projection, groupOf, event) }));
    folds.set(sortKey, entityFold(rowsOf(projection, { sortKey, events: ofEntity, columnsOf, groupOf }), stating));
  }
  return folds;
}

export function keyParts(key: EntityKey): readonly string[] {
  return [key.tenantId, key.provider, key.account, key.kind, key.entityId];
}

export function keyText(parts: readonly string[]): string {
  return JSON.stringify(parts);
}

interface Statement {
  readonly event: AnyEvent;
  readonly groups: readonly string[];
}

/** What an event speaks about. */
function groupsOf(projection: Projection<string>, groupOf: GroupOf, event: AnyEvent): readonly string[] {
  const groups = [...new Set(Object.keys(event.fields).map(groupOf))];
  return projection.existence && event.deletedAtMs !== undefined ? [...groups, existenceGroup] : groups;
}

function entityFold(rows: readonly FoldedRow[], stating: readonly Statement[]): EntityFold {
  const old = new Map<string, string>();
  return {
    rows,
    sawOldVersions(versions): void {
      for (const [group, version] of versions) if (!old.has(group)) old.set(group, version);
    },
    staleEvents(): readonly EventId[] {
      const changing = stating.filter(({ groups }) => groups.length > 0);
      const current = new Map(old);
      return changing
        .filter(({ event, groups }) => !advance(current, groups, event.version))
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

type ColumnsOf = (fields: object) => readonly string[];

/** The sorted names of an object's fields: one list for all objects with the same. Nearly all events of a batch have. */
function columnLists(): ColumnsOf {
  const lists = new Map<string, readonly string[]>();
  return (fields) => {
    const names = Object.keys(fields);
    const spelt = names.join(',');
    const known = lists.get(spelt);
    if (known !== undefined) return known;
    const sorted = names.toSorted();
    const list = lists.get(sorted.join(',')) ?? sorted;
    lists.set(spelt, list).set(sorted.join(','), list);
    return list;
  };
}

interface EntityEvents {
  readonly sortKey: string;
  readonly events: readonly AnyEvent[];
  readonly columnsOf: ColumnsOf;
  readonly groupOf: GroupOf;
}

function rowsOf(projection: Projection<string>, about: EntityEvents): readonly FoldedRow[] {
  const { sortKey, events, columnsOf } = about;
  const key = events[0]?.key;
  if (key === undefined) return [];
  const existence = projection.existence ? foldExistence(events) : undefined;
  const payload =
    projection.versions === 'field' ? foldFields(columnsOf(projection.fields), events) : foldGroups(about);
  if (payload.length === 0)
    return existence === undefined ? [] : [{ key, sortKey, ...nothingStated, columns: columnsOf({}), existence }];
  return payload.map((row, index) => ({ key, sortKey, ...row, existence: index === 0 ? existence : undefined }));
}

type Payload = Pick<FoldedRow, 'columns' | 'values' | 'versions'>;

const noVersions: ReadonlyMap<string, string> = new Map();
const nothingStated = { values: {}, versions: noVersions };

function foldExistence(events: readonly AnyEvent[]): FoldedRow['existence'] {
  let newest: FoldedRow['existence'];
  for (const { deletedAtMs, version } of events) {
    if (deletedAtMs === undefined || (newest !== undefined && version <= newest.version)) continue;
    newest = { deletedAtMs, version };
  }
  return newest;
}

/** Each field by itself: the newest event that states it. One row holds them all. */
function foldFields(columns: readonly string[], events: readonly AnyEvent[]): readonly Payload[] {
  const values: Partial<Record<string, ColumnValue>> = {};
  const versions = new Map<string, string>();
  for (const { fields, version } of events) {
    for (const [field, value] of Object.entries(fields)) {
      if (value === undefined || version <= (versions.get(field) ?? '')) continue;
      values[field] = value;
      versions.set(field, version);
    }
  }
  return versions.size === 0 ? [] : [{ columns, values, versions }];
}

/** Each group by itself; the n-th rows of all of them are one. Nearly all events of a batch state one group only. */
function foldGroups({ events, columnsOf, groupOf }: EntityEvents): readonly Payload[] {
  const byGroup = Map.groupBy(
    events.flatMap((event) => partsOf(event, groupOf)),
    ({ group }) => group,
  );
  const folded = [...byGroup].map(([group, parts]) => foldSnapshots(group, columnsOf, parts));
  const [only, ...others] = folded;
  if (only === undefined || others.length === 0) return only ?? [];
  const length = Math.max(...folded.map((rows) => rows.length));
  return Array.from({ length }, (_, index) =>
    merged(
      folded.flatMap((rows) => rows[index] ?? []),
      columnsOf,
    ),
  );
}

interface Part extends Pick<AnyEvent, 'fields' | 'version'> {
  readonly group: string;
}

/** What an event says, by group. */
function partsOf({ fields, version }: AnyEvent, groupOf: GroupOf): readonly Part[] {
  const [first, ...others] = new Set(Object.keys(fields).map(groupOf));
  if (first === undefined) return [];
  if (others.length === 0) return [{ group: first, version, fields }];
  return [first, ...others].map((group) => ({
    group,
    version,
    fields: Object.fromEntries(Object.entries(fields).filter(([field]) => groupOf(field) === group)),
  }));
}

function merged(rows: readonly Payload[], columnsOf: ColumnsOf): Payload {
  const [first, ...others] = rows;
  if (first !== undefined && others.length === 0) return first;
  const values = Object.fromEntries(rows.flatMap((row) => Object.entries(row.values)));
  return { columns: columnsOf(values), values, versions: new Map(rows.flatMap((row) => [...row.versions])) };
}

/**
 * One group: an event older than one before it in the batch changes nothing. Of the others a later one that states at
 * least the same fields replaces its predecessor; else both are kept, as rows of two statements, because whether the
 * earlier one is applied depends on the version in the table.
 */
function foldSnapshots(group: string, columnsOf: ColumnsOf, events: readonly Part[]): readonly Payload[] {
  const rows: Payload[] = [];
  let newest = '';
  for (const { fields, version } of events) {
    const columns = columnsOf(fields);
    if (columns.length === 0 || version <= newest) continue;
    newest = version;
    const previous = rows.at(-1);
    if (previous?.columns.every((column) => Object.hasOwn(fields, column)) === true) rows.pop();
    rows.push({ columns, values: fields, versions: new Map([[group, version]]) });
  }
  return rows;
}
