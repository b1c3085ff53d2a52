import type { EventId } from '@trunkline/core';
import type { EntityKey, Projection, ProjectionEvent } from '@trunkline/postgres';

/** An object of a CRM to be erased: all that was told of it up to a version. */
export interface Erasure {
  readonly key: EntityKey;
  readonly eventId: EventId;
  readonly version: string;
  readonly atMs: number;
}

/**
 * Every column is cleared as of the erasure's version: what was told earlier can set none of them, in whichever order it
 * comes.
 */
export function clearingEvent(projection: Projection<string>, erasure: Erasure): ProjectionEvent<string> {
  const { key, eventId, version, atMs } = erasure;
  const cleared = Object.fromEntries(Object.keys(projection.fields).map((field) => [field, null]));
  return { eventId, key, version, fields: { ...cleared, deletionReason: 'privacy' }, deletedAtMs: atMs };
}
