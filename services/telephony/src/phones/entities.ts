import { type ConsumedEvent, entityOf } from '@trunkline/consumer';
import type { Metadata, StatedTopic } from '@trunkline/events';
import { entityColumns, type EntityKey, entityParameters, entityText } from '@trunkline/postgres';

export function metadataOf<T extends StatedTopic>({ record }: ConsumedEvent<T>): Metadata {
  return record.metadata;
}

export function keyOf<T extends StatedTopic>(event: ConsumedEvent<T>): EntityKey {
  return entityOf(metadataOf(event));
}

/** The last event of each entity, by the entity's text. */
export function lastOfEach<T extends StatedTopic>(
  events: readonly ConsumedEvent<T>[],
): ReadonlyMap<string, ConsumedEvent<T>> {
  return new Map(events.map((event) => [entityText(keyOf(event)), event]));
}

/** A table of the keys, as the first five parameters of a statement. */
export const entitiesSql = `unnest(${entityParameters(1)}) AS given (${entityColumns})`;
