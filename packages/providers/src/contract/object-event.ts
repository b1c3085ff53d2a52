import { type EntityRef, type ExactObject, isExactObject, maxIdLength, type Occurred } from '@trunkline/events';

import type { VerifiedDelivery } from './delivery.ts';
import { integrationEvent, unreadableDelivery } from './integration-event.ts';
import { readJsonBody, textMember } from './json-body.ts';
import { draftOf, type Normalization } from './normalization.ts';
import { normalizationOf, undocumented } from './outcome.ts';
import type { EventMapping } from './provider.ts';
import type { SnapshotFact } from './snapshot.ts';
import { usableId } from './usable-id.ts';

/** A delivery that is one event about one object: it has an id of its own, and its name says what it carries. Stripe, PayPal, WorkOS. */
export interface ObjectEvent {
  /** Documented as unique, and the same when it is sent again. */
  readonly id: string;
  readonly name: string;
  readonly account: string;
  readonly occurred: Occurred;
  /** The object it is about; the event itself where that has no id. */
  readonly entity: EntityRef;
  /** The object as the event carries it; undefined where it carries none. */
  readonly object: ExactObject | undefined;
  /** Information only: the names of what is another than before, as the provider writes them. */
  readonly changedFields?: readonly string[] | undefined;
  /** What is wrong with its id or time, in our words. */
  readonly flaws?: readonly string[];
}

/** How the events about one kind of object are read. */
export interface ObjectFacts {
  /** What the object of such an event has to be. */
  readonly kind: string;
  readonly types: Iterable<readonly [name: string, type: EventMapping['to']]>;
  /** Undefined for an event that names no state of the object. */
  readonly fact: (object: ExactObject, name: string) => SnapshotFact | undefined;
  /** What it tells of, where that is another entity than the object: a charge tells of its PaymentIntent. */
  readonly about?: (object: ExactObject) => EntityRef | undefined;
  /** What it stays in order with, where that is not the object itself. */
  readonly follows?: (object: ExactObject) => EntityRef | undefined;
  /** The same for objects that need not belong to anything. */
  readonly mayFollow?: (object: ExactObject) => EntityRef | undefined;
}

export function mappingsOf(objects: readonly ObjectFacts[]): readonly EventMapping[] {
  return objects.flatMap(({ types }) => [...types].map(([from, to]) => ({ from, to })));
}

/** By the name of the event; what is not there is passed on. */
export function factsByName<F extends ObjectFacts>(objects: readonly F[]): ReadonlyMap<string, F> {
  return new Map(objects.flatMap((facts) => [...facts.types].map(([name]) => [name, facts] as const)));
}

/**
 * Reads a body that is one JSON object; `normalize` gives a text where there is no event to read, and why. Its id counts
 * all the same: it is the same when the event is sent again.
 */
export function normalizeObjectBody(
  delivery: VerifiedDelivery,
  normalize: (body: ExactObject) => Normalization | string,
): Normalization {
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  if (!isExactObject(body.value)) return unreadableDelivery(delivery, 'the body is not a JSON object');
  const normalization = normalize(body.value);
  if (typeof normalization !== 'string') return normalization;
  // The name of the event, in each word for it.
  const originalType = ['type', 'event_type', 'event'].map((name) => textMember(body.value, name)).find(Boolean);
  return unreadableDelivery(delivery, normalization, { id: usableId(body.value['id']), originalType });
}

/** The event with the facts of its name, or passed on whole where it has none or is not what its name says. */
export function normalizeObjectEvent(
  delivery: VerifiedDelivery,
  event: ObjectEvent,
  facts: ObjectFacts | undefined,
): Normalization | string {
  const { id, name, account, occurred, object, changedFields } = event;
  const about = object === undefined ? undefined : facts?.about?.(object);
  const entity = about ?? event.entity;
  if ([id, account, entity.kind, entity.id].some((text) => text.length > maxIdLength)) {
    return `an id is longer than ${maxIdLength} characters`;
  }
  if (facts === undefined) return passOn(delivery, event);
  if (object === undefined || (about === undefined && entity.kind !== facts.kind)) {
    return passOn(delivery, event, `it is named after an object of the kind ${facts.kind} and carries none`);
  }
  const leader = (facts.follows ?? facts.mayFollow)?.(object);
  if (facts.follows !== undefined && (leader === undefined || leader.id.length > maxIdLength)) {
    return passOn(delivery, event, 'it does not name what it belongs to');
  }
  const read = facts.fact(object, name);
  if (read === undefined) return passOn(delivery, event);
  const draft = draftOf({
    ...read.fact,
    account,
    entity,
    identity: { basis: 'id', id },
    occurred,
    providerEventId: id,
    ...(leader === undefined ? {} : { orderBy: { by: 'entity', entity: leader } }),
    ...(changedFields === undefined ? {} : { changedFields }),
  });
  return normalizationOf([{ events: [draft], flaws: [...(event.flaws ?? []), ...undocumented(read.unreadable)] }]);
}

/** A name without a canonical form: the whole message, for subscribers who know the provider. */
function passOn(delivery: VerifiedDelivery, event: ObjectEvent, flaw?: string): Normalization {
  const { account, entity, occurred, id, name, flaws = [] } = event;
  const passed = integrationEvent(delivery, {
    account,
    entity,
    identity: { basis: 'id', id },
    occurred,
    originalType: name,
    providerEventId: id,
  });
  return normalizationOf([{ events: [passed], flaws: flaw === undefined ? flaws : [flaw, ...flaws] }]);
}
