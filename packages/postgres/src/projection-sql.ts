import { arrayLiteral } from './array-literal.ts';
import { entityColumns, type EntityKey, entityOfParts, entityValues } from './entity-key.ts';
import { identifier } from './identifiers.ts';
import { entityGroup, existenceGroup, type FoldedRow, groupsByField } from './projection-fold.ts';
import type { ColumnType, ColumnValue, Projection, ProjectionColumn } from './projection-types.ts';
import { jsonText, storable } from './storable.ts';

/** The SQL behind `project`: one INSERT … ON CONFLICT DO UPDATE for any number of rows that write the same columns. */
export interface Upsert {
  readonly schema: string;
  readonly projection: Projection<string>;
  readonly fields: readonly string[];
}

const keyColumns = entityColumns.split(', ');

/** One column of the statement: how it is sent, and what an update sets it to. */
interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: (row: FoldedRow) => ColumnValue;
}

/** A set of columns that change together when the version column says so. */
interface Group {
  readonly name: string;
  readonly version: Column;
  readonly columns: readonly Column[];
}

/**
 * The rows that were changed come back with the versions they had; one that was newer in every group does not, and is
 * not rewritten. GREATEST takes the version that is known when the other is null.
 */
export function upsertSql({ schema, projection, fields }: Upsert): string {
  const groups = versionGroups(projection, fields);
  const columns = groups.flatMap((group) => [...group.columns, group.version]);
  const names = [...keyColumns, ...columns.map(({ name }) => name)];
  const sent = [...keyColumns.map(() => 'text' as const), ...columns.map(({ type }) => type)].map(fromTexts);
  const newer = ({ version: { name } }: Group): string =>
    `(excluded.${name} > t.${name} OR (t.${name} IS NULL AND excluded.${name} IS NOT NULL))`;
  const sets = groups.flatMap((group) => [
    ...group.columns.map(({ name }) => `${name} = CASE WHEN ${newer(group)} THEN excluded.${name} ELSE t.${name} END`),
    `${group.version.name} = GREATEST(t.${group.version.name}, excluded.${group.version.name})`,
  ]);
  return `INSERT INTO ${schema}.${identifier(projection.table)} AS t (${names.join(', ')})
SELECT ${sent.join(', ')}
ON CONFLICT (${keyColumns.join(', ')}) DO UPDATE SET ${[...sets, 'updated_at = now()'].join(', ')}
WHERE ${groups.map(newer).join(' OR ')}
RETURNING ${[...keyColumns.map((name) => `t.${name}`), ...groups.map(({ version }, index) => `old.${version.name} AS ${oldVersion(index)}`)].join(', ')}`;
}

/** A row that an upsert changed: its key, and the versions it had, in the order of `groupNames`. */
export type OldVersionRow = Readonly<Record<string, string | null>>;

/** The entity that a row is of. */
export function keyOfRow(row: OldVersionRow): EntityKey {
  return entityOfParts(keyColumns.map((name) => row[name] ?? ''));
}

/** The version that the n-th group had before; null where it had none, or where there was no row. */
export function oldVersionOf(row: OldVersionRow, index: number): string | null {
  return row[oldVersion(index)] ?? null;
}

function oldVersion(index: number): string {
  return `old_version_${index}`;
}

/** One array of texts per column, as literals; the statement casts. */
export function upsertValues(
  projection: Projection<string>,
  fields: readonly string[],
  rows: readonly FoldedRow[],
): readonly string[] {
  const columns = versionGroups(projection, fields).flatMap((group) => [...group.columns, group.version]);
  const keys = entityValues(rows.map(({ key }) => key));
  const values = columns.map((column) => arrayLiteral(rows.map((row) => toText(column.type, column.value(row)))));
  return [...keys, ...values];
}

/** What `old_versions` holds, in its order. */
export function groupNames(projection: Projection<string>, fields: readonly string[]): readonly string[] {
  return versionGroups(projection, fields).map(({ name }) => name);
}

function versionGroups(projection: Projection<string>, fields: readonly string[]): readonly Group[] {
  const groupOf = groupsByField(projection);
  const byGroup = Map.groupBy(fields, (field) => groupOf(field));
  const payload = [...byGroup].map(([name, ofGroup]): Group => ({
    name,
    version: { name: versionColumn(projection, name), type: 'text', value: (row) => row.versions.get(name) ?? null },
    columns: ofGroup.map((field) => fieldColumn(projection, field)),
  }));
  return projection.existence ? [...payload, existence] : payload;
}

function versionColumn(projection: Projection<string>, group: string): string {
  if (group === entityGroup) return 'entity_version';
  const column = projection.versions === 'field' ? fieldColumn(projection, group).name : group;
  return identifier(`${column}_version`);
}

const existence: Group = {
  name: existenceGroup,
  version: { name: 'existence_version', type: 'text', value: (row) => row.existence?.version ?? null },
  columns: [{ name: 'deleted_at', type: 'timestamptz', value: (row) => row.existence?.deletedAtMs ?? null }],
};

function fieldColumn(projection: Projection<string>, field: string): Column {
  const known: ProjectionColumn | undefined = projection.fields[field];
  if (known === undefined) throw new TypeError(`${projection.table} has no field ${field}`);
  return { name: identifier(known.column), type: known.type, value: (row) => row.values[field] ?? null };
}

/** Of the array with the texts of a column a value for each row. Not as a table, which Postgres would write down and sort. */
function fromTexts(type: ColumnType, index: number): string {
  const text = `unnest($${index + 1}::text[])`;
  switch (type) {
    case 'text':
      return text;
    case 'timestamptz':
      // Not by way of ISO text: Postgres does not read the years beyond 9999 that JavaScript writes.
      return `to_timestamp(${text}::double precision / 1000)`;
    case 'bigint':
    case 'boolean':
    case 'text[]':
    case 'jsonb':
      return `${text}::${type}`;
  }
}

function toText(type: ColumnType, value: ColumnValue): string | null {
  if (value === null) return null;
  if (type === 'jsonb') return jsonText(value);
  if (typeof value === 'object') return arrayLiteral(value.map((item: unknown) => storable(String(item))));
  return type === 'text' ? storable(String(value)) : String(value);
}
