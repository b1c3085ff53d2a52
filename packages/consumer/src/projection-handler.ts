import {
  type EventTypeOf,
  type Metadata,
  type StatedFieldOf,
  type StatedTopic,
  topicEntry,
  unstatedPayload,
} from '@trunkline/events';
import {
  type ColumnValue,
  defineProjection,
  project,
  type Projection,
  type ProjectionEvent,
} from '@trunkline/postgres';

import { entityOf } from './entity-of.ts';
import type { BatchHandler, ConsumedEvent } from './handler.ts';
import { type ColumnTypes, type ExistenceField, projectionColumns } from './projection-columns.ts';

/** What there is to say about a table that holds the newest known state of a topic's entities. */
export interface ProjectionDeclaration<T extends StatedTopic, Left extends StatedFieldOf<T> = never> {
  readonly topic: T;
  /** `entity` where providers send the whole object each time, `field` where an event tells only a part. */
  readonly versions: Projection<string>['versions'];
  /** The type of each field's column. Existence has none: where a topic's events state it, the row has `deleted_at`. */
  readonly columns: Omit<ColumnTypes<T>, Left | ExistenceField>;
  /** Fields that say something about the event and not about its entity, or that another table keeps. */
  readonly leaves?: readonly Left[];
  /** Fields that other messages tell than the rest; see `Projection`. */
  readonly apart?: Readonly<Record<string, readonly StatedFieldOf<T>[]>>;
}

export interface ProjectionHandler<T extends StatedTopic> extends BatchHandler<T> {
  readonly projection: Projection<string>;
}

/**
 * A handler of every type of a topic that keeps the table named after the topic's entity at the newest state that any
 * event told. The migration makes the table: see `Projection` for what it has beside the columns.
 */
export function projectionHandler<T extends StatedTopic, Left extends StatedFieldOf<T> = never>(
  declaration: ProjectionDeclaration<T, Left>,
): ProjectionHandler<T> {
  const { topic, versions, columns, apart } = declaration;
  const { entity, types } = topicEntry(topic);
  const projection = defineProjection<string>({
    table: entity,
    versions,
    existence: Object.hasOwn(unstatedPayload(topic), existenceField),
    fields: projectionColumns(columns),
    ...(apart === undefined ? {} : { apart }),
  });
  return {
    name: entity,
    topic,
    // topicEntry has the wide types of the catalogue's own row, whose names EventTypeOf is made of.
    types: Object.keys(types) as EventTypeOf<T>[],
    projection,
    handleBatch: (events, tx) =>
      project(
        tx,
        projection,
        events.map((event) => projectionEvent(projection, event)),
      ),
  };
}

/** What an event says about its entity: the fields it states and no others. */
export function projectionEvent<T extends StatedTopic>(
  projection: Projection<string>,
  { eventId, record }: ConsumedEvent<T>,
): ProjectionEvent<string> {
  const metadata: Metadata = record.metadata;
  // ColumnTypes has a type for every field, and each of them fits the values of its field.
  const values = record as unknown as Readonly<Record<string, ColumnValue>>;
  const fields: Partial<Record<string, ColumnValue>> = {};
  // A release newer than this one may state fields that this one has no column for.
  for (const name of metadata.statedFields)
    if (Object.hasOwn(projection.fields, name)) fields[name] = values[name] ?? null;
  return {
    eventId,
    key: entityOf(metadata),
    version: metadata.entityVersion,
    fields,
    ...(projection.existence && metadata.statedFields.includes(existenceField)
      ? { deletedAtMs: values[existenceField] === true ? metadata.occurredAt : null }
      : {}),
  };
}

/** The field that says that an entity is gone, or back. */
const existenceField: ExistenceField = 'isDeleted';
