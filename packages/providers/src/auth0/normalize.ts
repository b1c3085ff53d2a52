import {
  canonicalText,
  type DraftIdentity,
  type EntityRef,
  type ExactObject,
  maxIdLength,
  type Occurred,
  type OrderBy,
} from '@trunkline/events';

import { type BatchItem, itemEntity, normalizeBatch } from '../contract/batch.ts';
import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount, integrationEvent } from '../contract/integration-event.ts';
import { member, objectMember, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import type { ItemOutcome } from '../contract/outcome.ts';
import type { EventMapping } from '../contract/provider.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readItems } from './items.ts';
import type { Auth0Options } from './options.ts';
import { organizationFact, organizationTypes, userFact, userTypes } from './user.ts';

interface ObjectFacts {
  readonly kind: string;
  /** The member that is its id. */
  readonly id: string;
  readonly types: ReadonlyMap<string, EventMapping['to']>;
  readonly fact: (object: ExactObject, name: string) => SnapshotFact | undefined;
  readonly orderBy?: (id: string) => OrderBy;
}

const objects: readonly ObjectFacts[] = [
  {
    kind: 'user',
    id: 'user_id',
    types: userTypes,
    fact: userFact,
    // A user id ends with what the connection knows the person by, which may be an address (samlp|…|ada@example.com).
    orderBy: (id) => ({ by: 'personal', kind: 'user', values: [id] }),
  },
  { kind: 'organization', id: 'id', types: organizationTypes, fact: organizationFact },
];

export const auth0Mappings: readonly EventMapping[] = objects.flatMap(({ types }) =>
  [...types].map(([from, to]) => ({ from, to })),
);

const byName: ReadonlyMap<string, ObjectFacts> = new Map(
  objects.flatMap((facts) => [...facts.types.keys()].map((name) => [name, facts] as const)),
);

/** An event (CloudEvents) of an event stream, or a log of a log stream. */
interface Auth0Message {
  readonly item: BatchItem;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly occurred: Occurred;
}

/** A delivery of an event stream is one event; one of a log stream is as many as it has logs. */
export function normalizeAuth0(delivery: VerifiedDelivery<Auth0Options>): Normalization {
  return normalizeBatch(delivery, { single: true, read: readItems }, (item) => {
    if (textMember(item.value, 'specversion') === undefined) return passOn(delivery, readLog(item));
    return normalizeEvent(delivery, readEvent(item));
  });
}

function readEvent(item: BatchItem): Auth0Message {
  return {
    item,
    id: usableId(textMember(item.value, 'id')),
    name: textMember(item.value, 'type'),
    occurred: occurredOf(item.value, 'time'),
  };
}

/** A log has its id beside its data, and in it. */
function readLog(item: BatchItem): Auth0Message {
  const data = objectMember(item.value, 'data');
  return {
    item,
    id: usableId(textMember(item.value, 'log_id') ?? textMember(data, 'log_id')),
    name: textMember(data, 'type'),
    occurred: occurredOf(data, 'date'),
  };
}

function normalizeEvent(delivery: VerifiedDelivery<Auth0Options>, message: Auth0Message): ItemOutcome {
  const { item, id, name, occurred } = message;
  const facts = byName.get(name ?? '');
  // What the dashboard sends for a try is about nobody.
  const isTry = textMember(item.value, 'a0purpose') === 'test';
  if (facts === undefined || name === undefined || isTry) return passOn(delivery, message);
  if (id === undefined) return passOn(delivery, message);
  const object = objectMember(member(item.value, 'data'), 'object');
  const entityId = usableId(textMember(object, facts.id));
  if (object === undefined || entityId === undefined) {
    return passOn(delivery, message, [`it is named after an object of the kind ${facts.kind} and carries none`]);
  }
  const read = facts.fact(object, name);
  if (read === undefined) return passOn(delivery, message);
  const draft = draftOf({
    ...read.fact,
    account: fallbackAccount(delivery),
    entity: { kind: facts.kind, id: entityId },
    identity: { basis: 'id', id },
    occurred,
    providerEventId: id,
    ...(facts.orderBy === undefined ? {} : { orderBy: facts.orderBy(entityId) }),
  });
  const { unreadable } = read;
  return {
    events: [draft],
    flaws: unreadable.length === 0 ? [] : [`not of the documented form: ${unreadable.join(', ')}`],
  };
}

/** Logs, and events without a canonical form. Without its id each reception is a new event. */
function passOn(
  delivery: VerifiedDelivery<Auth0Options>,
  message: Auth0Message,
  flaws: readonly string[] = [],
): ItemOutcome {
  const { item, id, name, occurred } = message;
  const identity: DraftIdentity = id === undefined ? { basis: 'rx', index: item.index } : { basis: 'id', id };
  const event = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: entityOf(message),
    identity,
    occurred,
    ...(name === undefined ? {} : { originalType: name }),
    ...(id === undefined ? {} : { providerEventId: id }),
    ...(item.alone === undefined ? {} : { item: item.alone }),
  });
  return { events: [event], flaws: id === undefined ? [...flaws, 'not found or not usable: id'] : flaws };
}

/** The message stands for itself: whom a log is about may be personal. */
function entityOf({ item, id }: Auth0Message): EntityRef {
  if (id !== undefined) return { kind: item.value['specversion'] === undefined ? 'log' : 'event', id };
  return itemEntity(canonicalText(item.value));
}

function occurredOf(value: ExactObject | undefined, name: string): Occurred {
  const at = readInstant(value?.[name]);
  return at === undefined ? { estimated: true } : { at, estimated: false };
}

function usableId(id: string | undefined): string | undefined {
  return id !== undefined && id.length <= maxIdLength ? id : undefined;
}
