import type { Digest } from '@trunkline/addresses';
import { type ConsumedEvent, entityOf, projectionEvent, type ProjectionHandler } from '@trunkline/consumer';
import type { EventId } from '@trunkline/core';
import { type EntityKey, distinctEntities, project, type Transaction } from '@trunkline/postgres';

import { admit, isErasure } from '../erasure/admit.ts';
import { clearingEvent, type Erasure } from '../erasure/erasure.ts';
import { type ErasedStanding, readStandings } from '../erasure/standings.ts';
import { setTombstones } from '../erasure/tombstones.ts';
import type { ObjectTopic } from '../object-topic.ts';
import { keepProperties } from '../property.ts';

/** What was made of events about objects of a CRM. */
export interface AppliedObjects<T extends ObjectTopic> {
  readonly stale: readonly EventId[];
  readonly admitted: readonly ConsumedEvent<T>[];
  /** What was told of erased objects: nothing of it may come back. */
  readonly refused: readonly ConsumedEvent<T>[];
  readonly erasures: readonly Erasure[];
  /** Of the objects that were erased before. */
  readonly standings: ReadonlyMap<string, ErasedStanding>;
}

export interface ObjectHandlerOffers {
  readonly digest: Digest;
}

/** A handler that keeps objects at their newest state, and erased where that was asked for. */
export function objectHandler<T extends ObjectTopic>(
  projection: ProjectionHandler<T>,
  { digest }: ObjectHandlerOffers,
): ProjectionHandler<T> {
  return { ...projection, handleBatch: (events, tx) => applyObjects(tx, { projection, digest }, events) };
}

export async function applyObjects<T extends ObjectTopic>(
  tx: Transaction,
  { projection: { projection }, digest }: { readonly projection: ProjectionHandler<T>; readonly digest: Digest },
  events: readonly ConsumedEvent<T>[],
): Promise<AppliedObjects<T>> {
  const standings = await readStandings(tx, { table: projection.table, digest }, keysOf(events));
  const { admitted, refused } = admit(events, standings);
  const erasures = admitted.filter(isErasure).map(erasureOf);
  const erased = new Map(erasures.map((erasure) => [erasure.eventId, erasure]));
  const { stale } = await project(
    tx,
    projection,
    admitted.map((event) => {
      const erasure = erased.get(event.eventId);
      return erasure === undefined ? projectionEvent(projection, event) : clearingEvent(projection, erasure);
    }),
  );
  await keepProperties(tx, admitted);
  await setTombstones(tx, { digest, projection }, erasures);
  return { stale: [...stale, ...refused.map(({ eventId }) => eventId)], admitted, refused, erasures, standings };
}

/** The objects that events are about, each once. */
export function keysOf(events: readonly ConsumedEvent<ObjectTopic>[]): readonly EntityKey[] {
  return distinctEntities(events.map(({ record }) => entityOf(record.metadata)));
}

function erasureOf({ eventId, record: { metadata } }: ConsumedEvent<ObjectTopic>): Erasure {
  return { key: entityOf(metadata), eventId, version: metadata.entityVersion, atMs: metadata.occurredAt };
}
