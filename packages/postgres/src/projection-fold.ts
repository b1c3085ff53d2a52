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
  /** With versions per field: the version of each field that is stated. */
  readonly versions: ReadonlyMap<string, string>;
  /** The version of the entity group; undefined when the row writes no field of it. */
  readonly version: string | undefined;
  readonly existence: { readonly deletedAtMs: number | null; readonly version: string } | undefined;
}

/** The events of one entity in a batch. */
export interface EntityFold {
  readonly rows: readonly FoldedRow[];
  /** Keeps the versions (by group) that were there before the batch: those of the first statement that found something to change. */
  sawOldVersions(versions: ReadonlyMap<string, string>): void;
  /** The events that change nothing after those before them in the batch and what was there before it. */
  staleEvents(): readonly EventId[];
}

/** The group names; a field's own group has the field's name. */
export const entityGroup = '*';
export const existenceGroup = '!';

type AnyEvent = ProjectionEvent<string>;

export function foldEntities<Field extends string>(
  projection: Projection<Field>,
  events: readonly ProjectionEvent<Field>[],
): Map<string, EntityFold> {
  const byEntity = Map.groupBy(events, ({ key }) => keyText(keyParts(key)));
  const folds = new Map<string, EntityFold>();
  const columnsOf = columnLists();
  for (const [sortKey, ofEntity] of byEntity) {
    const stating = ofEntity.map((event): Statement => ({ event, groups: groupsOf(projection, event) }));
    folds.set(sortKey, entityFold(rowsOf(projection, { sortKey, events: ofEntity, columnsOf }), stating));
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
function groupsOf(projection: Projection<string>, event: AnyEvent): readonly string[] {
  const fields = Object.keys(event.fields);
  const groups = projection.versions === 'field' ? fields : fields.length > 0 ? [entityGroup] : [];
  return projection.existence && event.deletedAtMs !== undefined ? [...groups, existenceGroup] : groups;
}

function entityFold(rows: readonly FoldedRow[], stating: readonly Statement[]): EntityFold {
  let old: ReadonlyMap<string, string> | undefined;
  return {
    rows,
    sawOldVersions(versions): void {
      old ??= versions;
    },
    staleEvents(): readonly EventId[] {
      const changing = stating.filter(({ groups }) => groups.length > 0);
      if (old === undefined) return changing.map(({ event }) => event.eventId);
      const current = new Map(old);
      return changing
        .filter(({ event, groups }) => !advance(current, groups, event.version))
        .map(({ event }) => event.eventId);
    },
  };
}

/** True when the version was newer in at least one of the groups. */
function advance(current: Map<string, string>, groups: readonly string[], version: string): boolean {
  const older = groups.filter((group) => version > (current.get(group) ?? ''));
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
}

function rowsOf(projection: Projection<string>, { sortKey, events, columnsOf }: EntityEvents): readonly FoldedRow[] {
  const key = events[0]?.key;
  if (key === undefined) return [];
  const existence = projection.existence ? foldExistence(events) : undefined;
  const payload =
    projection.versions === 'field'
      ? foldFields(columnsOf(projection.fields), events)
      : foldSnapshots(columnsOf, events);
  if (payload.length === 0)
    return existence === undefined ? [] : [{ key, sortKey, ...nothingStated, columns: columnsOf({}), existence }];
  return payload.map((row, index) => ({ key, sortKey, ...row, existence: index === 0 ? existence : undefined }));
}

type Payload = Pick<FoldedRow, 'columns' | 'values' | 'versions' | 'version'>;

const noVersions: ReadonlyMap<string, string> = new Map();
const nothingStated = { values: {}, versions: noVersions, version: undefined };

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
  return versions.size === 0 ? [] : [{ columns, values, versions, version: undefined }];
}

/**
 * One group: an event older than one before it in the batch changes nothing. Of the others a later one that states at
 * least the same fields replaces its predecessor; else both are kept, as rows of two statements, because whether the
 * earlier one is applied depends on the version in the table.
 */
function foldSnapshots(columnsOf: ColumnsOf, events: readonly AnyEvent[]): readonly Payload[] {
  const rows: Payload[] = [];
  let newest = '';
  for (const { fields, version } of events) {
    const columns = columnsOf(fields);
    if (columns.length === 0 || version <= newest) continue;
    newest = version;
    const previous = rows.at(-1);
    if (previous?.columns.every((column) => Object.hasOwn(fields, column)) === true) rows.pop();
    rows.push({ columns, values: fields, versions: noVersions, version });
  }
  return rows;
}
