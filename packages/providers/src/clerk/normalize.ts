import { type EntityRef, type ExactJson, type ExactObject, isExactObject } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { member, objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { completeness } from '../contract/snapshot.ts';
import { occurredAt, readMilliseconds } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { svixId } from '../schemes/svix.ts';
import { clerkTypes, type Mapping } from './types.ts';

/** One delivery is one event; its id is that of the signed message, which counts even where the body cannot be read. */
export function normalizeClerk(delivery: VerifiedDelivery): Normalization {
  const id = svixId(delivery.request);
  if (id === undefined) return unreadableDelivery(delivery, 'the id of the message is too long to be an id');
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  if (!isExactObject(body.value)) return unreadableDelivery(delivery, 'the body is not a JSON object');
  return normalizeMessage(delivery, body.value, id);
}

function normalizeMessage(delivery: VerifiedDelivery, body: ExactObject, id: string): Normalization {
  const type = textMember(body, 'type');
  const object = objectMember(body, 'data');
  const mapping = clerkTypes.get(type ?? '');
  const objectId = object === undefined ? undefined : (mapping?.id?.(object) ?? usableId(object['id']));
  const read = object === undefined ? undefined : mapping?.fact(object);
  const at = timeOf(body);
  // Messages of older endpoints have none.
  const timeFlaws = at === undefined && body['timestamp'] !== undefined ? ['timestamp'] : [];
  const common = {
    account: usableId(body['instance_id']) ?? fallbackAccount(delivery),
    identity: { basis: 'id', id },
    occurred: occurredAt(at),
    providerEventId: id,
  } as const;
  if (mapping === undefined || object === undefined || objectId === undefined || read === undefined) {
    const event = integrationEvent(delivery, {
      ...common,
      entity: entityOf(object, mapping) ?? { kind: 'event', id },
      ...(type === undefined ? {} : { originalType: type }),
    });
    if (mapping === undefined) return { ...completeness(timeFlaws), events: [event] };
    const reason =
      objectId === undefined ? `it is named after a ${mapping.kind} and carries none` : 'its status is not known';
    return { verdict: 'partial', reason, events: [event] };
  }
  const leader = mapping.follows?.(object);
  const draft = draftOf({
    ...read.fact,
    ...common,
    entity: { kind: mapping.kind, id: objectId },
    ...(leader === undefined ? {} : { orderBy: { by: 'entity', entity: leader } }),
  });
  return { ...completeness([...timeFlaws, ...read.unreadable]), events: [draft] };
}

/** What a message without a canonical form is about, by the name and id that its object gives itself. */
function entityOf(object: ExactObject | undefined, mapping: Mapping | undefined): EntityRef | undefined {
  const kind = mapping?.kind ?? textMember(object, 'object');
  const id = usableId(member(object, 'id'));
  return kind === undefined || kind.length > maxKindLength || id === undefined ? undefined : { kind, id };
}

const maxKindLength = 64;

/** 2001-09-09 in milliseconds. Some samples write seconds, which is a lesser number: such a time is not taken for one. */
const leastMilliseconds = 1_000_000_000_000;

/** The time of the event; messages of older endpoints have none, there it is the time of the object's last change. */
function timeOf(body: ExactObject): number | undefined {
  const believable = (value: ExactJson | undefined): number | undefined => {
    const at = readMilliseconds(value);
    return at !== undefined && at >= leastMilliseconds ? at : undefined;
  };
  return believable(body['timestamp']) ?? believable(member(body['data'], 'updated_at'));
}
