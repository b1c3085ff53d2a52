import { type EventTypeOf, type Metadata, type StatedFieldOf, type StatedTopic, topicEntry } from '@trunkline/events';
import {
  type ColumnValue,
  defineProjection,
  project,
  type Projection,
  type ProjectionEvent,
} from '@trunkline/postgres';

import type { BatchHandler, ConsumedEvent } from './handler.ts';
import { type ColumnTypes, projectionColumns } from './projection-columns.ts';

/** What there is to say about a table that holds the newest known state of a topic's entities. */
export interface ProjectionDeclaration<T extends StatedTopic> {
  readonly topic: T;
  /** `entity` where providers send the whole object each time, `field` where an event tells only a part. */
  readonly versions: Projection<string>['versions'];
  /** The type of each field's column. */
  readonly columns: ColumnTypes<T>;
  /** Fields that other messages tell than the rest; see `Projection`. */
  readonly apart?: Readonly<Record<string, readonly StatedFieldOf<T>[]>>;
}

export interface ProjectionHandler<T extends StatedTopic> extends BatchHandler<T> {
  readonly projection: Projection<StatedFieldOf<T>>;
}

/**
 * A handler of every type of a topic that keeps the table named after the topic's entity at the newest state that any
 * event told. The migration makes the table: see `Projection` for what it has beside the columns.
 */
export function projectionHandler<T extends StatedTopic>(declaration: ProjectionDeclaration<T>): ProjectionHandler<T> {
  const { topic, versions, columns, apart } = declaration;
  const { entity, types } = topicEntry(topic);
  const projection = defineProjection({
    table: entity,
    versions,
    // No provider tells that one of these is gone: they end in a status.
    existence: false,
    fields: projectionColumns<T>(columns),
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
  projection: Projection<StatedFieldOf<T>>,
  { eventId, record }: ConsumedEvent<T>,
): ProjectionEvent<StatedFieldOf<T>> {
  const metadata: Metadata = record.metadata;
  // ColumnTypes has a type for every field, and each of them fits the values of its field.
  const values = record as unknown as Readonly<Record<StatedFieldOf<T>, ColumnValue>>;
  const fields: Partial<Record<StatedFieldOf<T>, ColumnValue>> = {};
  for (const name of metadata.statedFields) if (isField(projection, name)) fields[name] = values[name];
  return {
    eventId,
    key: {
      tenantId: metadata.tenantId,
      provider: metadata.provider,
      account: metadata.account,
      kind: metadata.entityKind,
      entityId: metadata.entityId,
    },
    version: metadata.entityVersion,
    fields,
  };
}

/** A release newer than this one may state fields that this one has no column for. */
function isField<Field extends string>(projection: Projection<Field>, name: string): name is Field {
  return Object.hasOwn(projection.fields, name);
}
