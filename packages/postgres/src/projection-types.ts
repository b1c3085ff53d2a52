import type { EventId } from '@trunkline/core';

import type { EntityKey } from './entity-key.ts';

/**
 * A table that holds the newest known state of a kind of entity, written set by set.
 *
 * Its primary key is (tenant_id, provider, account, kind, entity_id); it has a column per field, `updated_at
 * timestamptz`, and version columns (text COLLATE "C", so that bytes are compared):
 * - `versions: 'entity'`, for providers that send the whole object each time: one `entity_version`; fields that other
 *   messages tell than the rest (a payment's card, by its charge) are a group of `apart` with `<group>_version`;
 * - `versions: 'field'`, for providers that send what changed: `<column>_version` per field;
 * - `existence`: `deleted_at timestamptz` with `existence_version`.
 */
export interface Projection<Field extends string> {
  readonly table: string;
  readonly fields: Readonly<Record<Field, ProjectionColumn>>;
  readonly versions: 'entity' | 'field';
  readonly existence: boolean;
  /** With versions per entity: groups of fields with a version of their own, by the name of their version column. */
  readonly apart?: Readonly<Record<string, readonly Field[]>>;
}

export interface ProjectionColumn {
  readonly column: string;
  readonly type: ColumnType;
}

/** timestamptz takes epoch milliseconds, jsonb a list of plain objects. */
export type ColumnType = 'text' | 'bigint' | 'boolean' | 'timestamptz' | 'text[]' | 'jsonb';
export type ColumnValue = string | number | boolean | readonly string[] | readonly object[] | null;

/** What one event says about one entity. */
export interface ProjectionEvent<Field extends string> {
  readonly eventId: EventId;
  readonly key: EntityKey;
  /** `metadata.entityVersion`: the greater text is newer. */
  readonly version: string;
  /** The stated fields and no others: null clears one, an absent one is not known and is not written. */
  readonly fields: Readonly<Partial<Record<Field, ColumnValue>>>;
  /** Epoch ms: deleted then. Null: it exists (a restore). Absent: the event does not say. */
  readonly deletedAtMs?: number | null;
}
