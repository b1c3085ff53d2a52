import { type ConsumedEvent, entityOf } from '@trunkline/consumer';
import { entityText } from '@trunkline/postgres';

import type { ObjectTopic } from '../object-topic.ts';

/** What is known of an object of a CRM before an event about it. */
export interface Standing {
  /** Of the newest event that asked to erase it. */
  readonly erasedVersion: string | undefined;
  /** Whether it is there, and which event said so last. */
  readonly isLive: boolean;
  readonly existenceVersion: string | undefined;
}

export interface Admission<T extends ObjectTopic> {
  /** To be applied, erasures among them; in their order. */
  readonly admitted: readonly ConsumedEvent<T>[];
  /** About an object that was erased: they change nothing. */
  readonly refused: readonly ConsumedEvent<T>[];
}

const unknown: Standing = { erasedVersion: undefined, isLive: true, existenceVersion: undefined };

/**
 * Which events may change what was erased: another erasure, and one that says the object is there and is newer than the
 * erasure; after that, what is newer than the erasure. Whatever else is told of it (late, again, by a full sync) may
 * bring nothing back.
 */
export function admit<T extends ObjectTopic>(
  events: readonly ConsumedEvent<T>[],
  known: ReadonlyMap<string, Standing>,
): Admission<T> {
  const standings = new Map(known);
  const admitted: ConsumedEvent<T>[] = [];
  const refused: ConsumedEvent<T>[] = [];
  for (const event of events) {
    const id = entityText(entityOf(event.record.metadata));
    const before = standings.get(id) ?? unknown;
    const after = standingAfter(before, event);
    if (isErasure(event) || mayChange(event, after)) {
      admitted.push(event);
      standings.set(id, after);
    } else refused.push(event);
  }
  return { admitted, refused };
}

/** Whether the event says that the person asked to be forgotten. */
export function isErasure({ record }: ConsumedEvent<ObjectTopic>): boolean {
  return record.deletionReason === 'privacy' && record.metadata.statedFields.includes('deletionReason');
}

/** Whether it was created or restored later than it was erased, and is still there. */
export function isBackAfter({ isLive, existenceVersion }: Standing, erasedVersion: string): boolean {
  return isLive && existenceVersion !== undefined && existenceVersion > erasedVersion;
}

function mayChange({ record }: ConsumedEvent<ObjectTopic>, standing: Standing): boolean {
  const { erasedVersion } = standing;
  if (erasedVersion === undefined) return true;
  return isBackAfter(standing, erasedVersion) && record.metadata.entityVersion > erasedVersion;
}

function standingAfter(before: Standing, event: ConsumedEvent<ObjectTopic>): Standing {
  const { metadata, isDeleted } = event.record;
  const version = metadata.entityVersion;
  const erasedVersion = isErasure(event) ? later(before.erasedVersion, version) : before.erasedVersion;
  const saysExistence = isErasure(event) || metadata.statedFields.includes('isDeleted');
  if (!saysExistence || version <= (before.existenceVersion ?? '')) return { ...before, erasedVersion };
  return { erasedVersion, isLive: !isErasure(event) && isDeleted !== true, existenceVersion: version };
}

function later(known: string | undefined, version: string): string {
  return known !== undefined && known > version ? known : version;
}
