import type { PayloadOf, StatedFieldOf, StatedTopic } from '@trunkline/events';
import type { ColumnType, ProjectionColumn } from '@trunkline/postgres';

/** Kept as the time of the deletion, with a version of its own. */
export type ExistenceField = 'isDeleted';

/** A column type for each field that a topic's events may state, which holds every value of the field. */
export type ColumnTypes<T extends StatedTopic> = {
  readonly [Field in StatedFieldOf<T>]: Field extends keyof PayloadOf<T>
    ? ColumnTypeFor<NonNullable<PayloadOf<T>[Field]>>
    : never;
};

/** The column types that hold every value of a field; a number may be an amount or a time. */
type ColumnTypeFor<Value> = [Value] extends [string]
  ? 'text'
  : [Value] extends [boolean]
    ? 'boolean'
    : [Value] extends [number]
      ? 'bigint' | 'timestamptz'
      : [Value] extends [readonly string[]]
        ? 'text[]'
        : [Value] extends [readonly object[]]
          ? 'jsonb'
          : never;

/** The columns of a topic's projection: each field's type and its name in the table. */
export function projectionColumns(
  columns: Readonly<Record<string, ColumnType>>,
): Readonly<Record<string, ProjectionColumn>> {
  return Object.fromEntries(
    Object.entries(columns).map(([field, type]) => [
      field,
      { column: columnOf(field), type } satisfies ProjectionColumn,
    ]),
  );
}

/** `updated_at` is when we wrote the row; what the provider calls so is another time. */
const renamed: Readonly<Record<string, string>> = { updatedAt: 'provider_updated_at' };

/** The field's name as Postgres writes names: `amountDue` is `amount_due`. */
export function columnOf(field: string): string {
  return renamed[field] ?? field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
