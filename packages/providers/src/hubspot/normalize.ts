import {
  canonicalText,
  type DraftIdentity,
  type EntityRef,
  type EventDraft,
  type ExactObject,
  idText,
  maxIdLength,
  type Occurred,
} from '@trunkline/events';

import { type BatchItem, itemEntity, normalizeBatch } from '../contract/batch.ts';
import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent } from '../contract/integration-event.ts';
import { member, objectMember, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { type ItemOutcome, notFound, undocumented } from '../contract/outcome.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import { occurredAt, readInstant, readMilliseconds } from '../contract/times.ts';
import { readId } from '../contract/values.ts';
import { entityIdOf, linkFact, linkOf } from './association.ts';
import { type CrmObject, instantOf, isChange, type RecordOfMerge } from './crm-object.ts';
import { kindOfTypeId, subscriptionOf } from './objects.ts';

/**
 * One delivery is an array of messages of any kinds, in any order; each is judged alone. A workflow that calls a webhook
 * sends one object, which is a record and no message.
 */
export function normalizeHubspot(delivery: VerifiedDelivery): Normalization {
  return normalizeBatch(delivery, { single: true }, (item) =>
    item.alone === undefined ? passRecord(delivery, item) : normalizeItem(readMessage(delivery, item)),
  );
}

/** What a workflow sends: the record, or what its author chose of it. */
function passRecord(delivery: VerifiedDelivery, { value }: BatchItem): ItemOutcome {
  const vid = readEntityId(value['vid'] ?? value['canonical-vid']);
  const id = vid ?? readEntityId(value['objectId'] ?? value['hs_object_id']);
  const portal = readEntityId(value['portal-id'] ?? value['portalId']);
  const kind = vid === undefined ? kindOfTypeId(textMember(value, 'objectTypeId') ?? 'object') : 'contact';
  const at = recordTime(value);
  const event = integrationEvent(delivery, {
    account: portal ?? fallbackAccount(delivery),
    entity: id === undefined ? contentEntity(delivery) : { kind, id },
    identity: { basis: 'hash', canonicalItem: canonicalText(value), occurrence: 0 },
    occurred: occurredAt(at),
    originalType: 'workflow',
  });
  const missing = [...(portal === undefined ? ['portalId'] : []), ...(at === undefined ? ['lastmodifieddate'] : [])];
  return { events: [event], flaws: notFound(missing) };
}

/** When the record was changed last: properties are texts, or objects with a value. */
function recordTime(record: ExactObject): number | undefined {
  const properties = objectMember(record, 'properties') ?? record;
  for (const name of ['lastmodifieddate', 'hs_lastmodifieddate']) {
    const property = member(properties, name);
    const value = member(property, 'value') ?? property;
    const at = readMilliseconds(value) ?? readInstant(value);
    if (at !== undefined) return at;
  }
  return undefined;
}

interface Message {
  readonly delivery: VerifiedDelivery;
  readonly item: BatchItem;
  readonly value: ExactObject;
  readonly account: string;
  readonly identity: DraftIdentity;
  readonly occurred: Occurred;
  /** Parts of its id or time that are not there. */
  readonly missing: readonly string[];
}

/** The parts of a message's id, in their order: eventId is documented as not unique, so all that tells messages apart. */
const idMembers = [
  'portalId',
  'subscriptionId',
  'eventId',
  'occurredAt',
  'objectId',
  'subscriptionType',
  'fromObjectId',
  'toObjectId',
] as const;
/** Without these the others are too coarse: they could make two facts one. */
const neededMembers: readonly string[] = ['portalId', 'eventId', 'occurredAt', 'subscriptionType'];

function readMessage(delivery: VerifiedDelivery, item: BatchItem): Message {
  const { value, index } = item;
  const portal = readEntityId(value['portalId']);
  const at = instantOf(value);
  const unidentified = neededMembers.filter((name) => idText(value[name]) === '');
  const parts = idMembers.map((name) => idText(value[name]));
  const isIdentified = unidentified.length === 0 && portal !== undefined;
  return {
    delivery,
    item,
    value,
    account: portal ?? fallbackAccount(delivery),
    identity: isIdentified ? { basis: 'key', parts } : contentIdentity(value, at, index),
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    missing: [
      ...new Set([
        ...unidentified,
        ...(portal === undefined ? ['portalId'] : []),
        ...(at === undefined ? ['occurredAt'] : []),
      ]),
    ],
  };
}

/** What cannot be told by its parts is known by what it says, where that names the moment; attempts are counted in it. */
function contentIdentity(value: ExactObject, at: number | undefined, index: number): DraftIdentity {
  if (at === undefined) return { basis: 'rx', index };
  const { attemptNumber: _attempt, ...same } = value;
  return { basis: 'hash', canonicalItem: canonicalText(same), occurrence: 0 };
}

function normalizeItem(message: Message): ItemOutcome {
  const { value } = message;
  const subscription = subscriptionOf(value);
  if (subscription?.change === 'associationChange' || isGenericLink(value)) return normalizeLink(message);
  if (subscription === undefined) return passOn(message, []);
  const { object, change } = subscription;
  if (change === 'merge') return normalizeMerge(message, object);
  if (!isChange(change)) return passOn(message, []);
  const id = readEntityId(value['objectId']);
  if (id === undefined) return passOn(message, ['it does not name its object']);
  const fact = object.fact(value, change);
  return fact === undefined ? passOn(message, []) : outcome(message, [{ entity: { kind: object.kind, id }, fact }]);
}

/** The objects of a link have types of their own; a generic link message is one whatever they are. */
function isGenericLink(value: ExactObject): boolean {
  return value['subscriptionType'] === 'object.associationChange';
}

function normalizeLink(message: Message): ItemOutcome {
  const link = linkOf(message.value);
  if (link === undefined) return passOn(message, ['it does not name both ends of its link']);
  const id = entityIdOf(link);
  if (id.length > maxIdLength) return passOn(message, [`an id is longer than ${maxIdLength} characters`]);
  const entity = { kind: 'association', id };
  return outcome(message, [{ entity, fact: linkFact(message.value, link), follows: link.from }]);
}

/** How many records one merge may name; HubSpot merges two at a time. */
const maxMerged = 100;

/** One event for each record: those that went, and the one that goes on. */
function normalizeMerge(message: Message, object: CrmObject): ItemOutcome {
  const { value } = message;
  const primary = readEntityId(value['primaryObjectId']) ?? readEntityId(value['objectId']);
  // In some cases neither goes on, but a new record that takes the place of both.
  const into = positiveId(value['newObjectId']) ?? primary;
  const merged = readIds(value['mergedObjectIds']);
  if (into === undefined || primary === undefined || merged === undefined) {
    return passOn(message, ['it does not name the records of its merge']);
  }
  const from = [...new Set([...merged, primary])].filter((id) => id !== into);
  const records: readonly RecordOfMerge[] = [into, ...from].map((id) => ({ id, into, from }));
  const told = records.flatMap((record): readonly Told[] => {
    const fact = object.mergeFact(value, record);
    const entity = { kind: object.kind, id: record.id };
    return fact === undefined ? [] : [{ entity, fact, qualifier: `merged/${record.id}` }];
  });
  return told.length === 0 ? passOn(message, []) : outcome(message, told);
}

function readEntityId(value: ExactObject[string] | undefined): string | undefined {
  const id = readId(value);
  return id !== undefined && id.length <= maxIdLength ? id : undefined;
}

/** All of them, or nothing: a record left out would stay where it is no more. */
function readIds(value: ExactObject[string] | undefined): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > maxMerged) return undefined;
  // Array.isArray widens the items to any; this gives them their type back.
  const ids = (value as readonly ExactObject[string][]).map(readEntityId).filter((id) => id !== undefined);
  return ids.length === value.length ? ids : undefined;
}

function positiveId(value: ExactObject[string] | undefined): string | undefined {
  const id = readEntityId(value);
  return id === '0' || id?.startsWith('-') === true ? undefined : id;
}

interface Told {
  readonly entity: EntityRef;
  readonly fact: SnapshotFact;
  readonly qualifier?: string;
  /** What it stays in order with, where that is not its entity. */
  readonly follows?: EntityRef;
}

function outcome(message: Message, told: readonly Told[]): ItemOutcome {
  const { account, identity, occurred, missing } = message;
  const events = told.map(({ entity, fact, qualifier, follows }): EventDraft =>
    draftOf({
      ...fact.fact,
      account,
      entity,
      identity: qualifier === undefined ? identity : { ...identity, qualifier },
      occurred,
      ...(follows === undefined ? {} : { orderBy: { by: 'entity', entity: follows } }),
    }),
  );
  return { events, flaws: [...notFound(missing), ...undocumented(told.flatMap(({ fact }) => fact.unreadable))] };
}

/** A message without a canonical form: products, line items, conversations, what comes next. */
function passOn(message: Message, flaws: readonly string[]): ItemOutcome {
  const { delivery, item, value, account, identity, occurred, missing } = message;
  const type = textMember(value, 'subscriptionType');
  const id = readEntityId(value['objectId']);
  const kind = /^[a-z_]{1,64}(?=\.)/.exec(type ?? '')?.[0];
  const event = integrationEvent(delivery, {
    account,
    entity: id === undefined || kind === undefined ? itemEntity(item.alone?.text ?? '') : { kind, id },
    identity,
    occurred,
    ...(type === undefined ? {} : { originalType: type }),
    ...(item.alone === undefined ? {} : { item: item.alone }),
  });
  return { events: [event], flaws: [...flaws, ...notFound(missing)] };
}
