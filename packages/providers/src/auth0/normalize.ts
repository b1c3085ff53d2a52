import {
  canonicalText,
  type DraftIdentity,
  type EntityRef,
  type EventDraft,
  type ExactObject,
  type OrderBy,
} from '@trunkline/events';

import { type BatchItem, itemEntity, normalizeBatch } from '../contract/batch.ts';
import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount, integrationEvent } from '../contract/integration-event.ts';
import { member, objectMember, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { type ItemOutcome, notFound, undocumented } from '../contract/outcome.ts';
import type { EventMapping } from '../contract/provider.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import { readInstant, timeOfFact, type TimeOfFact } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { readItems } from './items.ts';
import { attemptFact, attemptTypes, passedOnLogs, signUpFact, signUpType } from './log.ts';
import type { Auth0Options } from './options.ts';
import {
  membershipFact,
  membershipId,
  membershipTypes,
  organizationFact,
  organizationOf,
  organizationTypes,
} from './organization.ts';
import { userFact, userTypes } from './user.ts';

interface ObjectFacts {
  readonly kind: string;
  readonly id: (object: ExactObject) => string | undefined;
  readonly types: ReadonlyMap<string, EventMapping['to']>;
  readonly fact: (object: ExactObject, name: string) => SnapshotFact | undefined;
  readonly orderBy?: (object: ExactObject, id: string) => OrderBy | undefined;
}

/** A user id ends with what the connection knows the person by, which may be an address (samlp|…|ada@example.com). */
function orderByUser(id: string): OrderBy {
  return { by: 'personal', kind: 'user', values: [id] };
}

const objects: readonly ObjectFacts[] = [
  {
    kind: 'user',
    id: (user) => usableId(user['user_id']),
    types: userTypes,
    fact: userFact,
    orderBy: (_user, id) => orderByUser(id),
  },
  {
    kind: 'organization',
    id: (organization) => usableId(organization['id']),
    types: organizationTypes,
    fact: organizationFact,
  },
  {
    kind: 'organization_membership',
    id: membershipId,
    types: membershipTypes,
    fact: membershipFact,
    orderBy: (membership) => {
      const organization = organizationOf(membership);
      return organization === undefined ? undefined : { by: 'entity', entity: organization };
    },
  },
];

/** Events of event streams under their names, logs of log streams under their codes. */
export const auth0Mappings: readonly EventMapping[] = [
  ...objects.flatMap(({ types }) => [...types].map(([from, to]) => ({ from, to }))),
  ...[...attemptTypes].map(([code, to]) => ({ from: `log.${code}`, to })),
  { from: `log.${signUpType}`, to: 'identity.user.created' },
  ...passedOnLogs.map((code) => ({ from: `log.${code}`, to: 'integration.event.received' as const })),
];

const byName: ReadonlyMap<string, ObjectFacts> = new Map(
  objects.flatMap((facts) => [...facts.types.keys()].map((name) => [name, facts] as const)),
);

/** An event (CloudEvents) of an event stream, or a log of a log stream. */
interface Auth0Message {
  readonly item: BatchItem;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly time: TimeOfFact;
}

/** A delivery of an event stream is one event; one of a log stream is as many as it has logs. */
export function normalizeAuth0(delivery: VerifiedDelivery<Auth0Options>): Normalization {
  return normalizeBatch(delivery, { single: true, read: readItems }, (item) => {
    if (textMember(item.value, 'specversion') === undefined) return normalizeLog(delivery, readLog(item));
    return normalizeEvent(delivery, readEvent(item));
  });
}

function readEvent(item: BatchItem): Auth0Message {
  return {
    item,
    id: usableId(textMember(item.value, 'id')),
    name: textMember(item.value, 'type'),
    time: timeOfFact(item.value['time'], readInstant, 'time'),
  };
}

/** A log has its id beside its data, and in it. */
function readLog(item: BatchItem): Auth0Message {
  const data = objectMember(item.value, 'data');
  return {
    item,
    id: usableId(textMember(item.value, 'log_id') ?? textMember(data, 'log_id')),
    name: textMember(data, 'type'),
    time: timeOfFact(member(data, 'date'), readInstant, 'date'),
  };
}

function normalizeLog(delivery: VerifiedDelivery<Auth0Options>, message: Auth0Message): ItemOutcome {
  const { id, name } = message;
  const log = objectMember(message.item.value, 'data');
  if (log === undefined || id === undefined) return passOn(delivery, message);
  const type = attemptTypes.get(name ?? '');
  if (type !== undefined) {
    return drafted(delivery, message, { id, entity: { kind: 'authentication', id }, read: attemptFact(log, type) });
  }
  const user = usableId(textMember(log, 'user_id'));
  if (name !== signUpType || user === undefined) return passOn(delivery, message);
  const entity = { kind: 'user', id: user };
  return drafted(delivery, message, { id, entity, read: signUpFact(log), orderBy: orderByUser(user) });
}

function normalizeEvent(delivery: VerifiedDelivery<Auth0Options>, message: Auth0Message): ItemOutcome {
  const { item, id, name } = message;
  const facts = byName.get(name ?? '');
  // What the dashboard sends for a try is about nobody.
  const isTry = textMember(item.value, 'a0purpose') === 'test';
  if (facts === undefined || name === undefined || isTry || id === undefined) return passOn(delivery, message);
  const object = objectMember(member(item.value, 'data'), 'object');
  const entityId = object === undefined ? undefined : facts.id(object);
  if (object === undefined || entityId === undefined) {
    return passOn(delivery, message, [`it is named after an object of the kind ${facts.kind} and carries none`]);
  }
  const read = facts.fact(object, name);
  if (read === undefined) return passOn(delivery, message);
  const entity = { kind: facts.kind, id: entityId };
  return drafted(delivery, message, { id, entity, read, orderBy: facts.orderBy?.(object, entityId) });
}

interface Reading {
  readonly id: string;
  readonly entity: EntityRef;
  readonly read: SnapshotFact;
  readonly orderBy?: OrderBy | undefined;
}

function drafted(
  delivery: VerifiedDelivery<Auth0Options>,
  { time }: Auth0Message,
  { id, entity, read, orderBy }: Reading,
): ItemOutcome {
  const draft: EventDraft = draftOf({
    ...read.fact,
    account: fallbackAccount(delivery),
    entity,
    identity: { basis: 'id', id },
    occurred: time.occurred,
    providerEventId: id,
    ...(orderBy === undefined ? {} : { orderBy }),
  });
  return { events: [draft], flaws: [...time.flaws, ...undocumented(read.unreadable)] };
}

/** Logs, and events without a canonical form. Without its id each reception is a new event. */
function passOn(
  delivery: VerifiedDelivery<Auth0Options>,
  message: Auth0Message,
  flaws: readonly string[] = [],
): ItemOutcome {
  const { item, id, name, time } = message;
  const event = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: entityOf(message),
    identity: identityOf(message),
    occurred: time.occurred,
    ...(name === undefined ? {} : { originalType: name }),
    ...(id === undefined ? {} : { providerEventId: id }),
    ...(item.alone === undefined ? {} : { item: item.alone }),
  });
  return { events: [event], flaws: [...flaws, ...(id === undefined ? notFound(['id']) : time.flaws)] };
}

/** Without an id a message that has a time is known by all it says. */
function identityOf({ item, id, time }: Auth0Message): DraftIdentity {
  if (id !== undefined) return { basis: 'id', id };
  if (time.occurred.estimated) return { basis: 'rx', index: item.index };
  return { basis: 'hash', canonicalItem: canonicalText(item.value), occurrence: 0 };
}

/** The message stands for itself: whom a log is about may be personal. */
function entityOf({ item, id }: Auth0Message): EntityRef {
  if (id !== undefined) return { kind: item.value['specversion'] === undefined ? 'log' : 'event', id };
  return itemEntity(canonicalText(item.value));
}
