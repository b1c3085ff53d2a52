import {
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
import { fallbackAccount, integrationEvent } from '../contract/integration-event.ts';
import { textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { type ItemOutcome, notFound, undocumented } from '../contract/outcome.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import { readId } from '../contract/values.ts';
import { entityIdOf, linkFact, linkOf } from './association.ts';
import { type CrmObject, instantOf, isChange, type RecordOfMerge, subscriptionOf } from './objects.ts';

/** One delivery is an array of messages of any kinds, in any order; each is judged alone. */
export function normalizeHubspot(delivery: VerifiedDelivery): Normalization {
  return normalizeBatch(delivery, { single: false }, (item) => normalizeItem(readMessage(delivery, item)));
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
    identity: isIdentified ? { basis: 'key', parts } : { basis: 'rx', index },
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
  return outcome(message, [{ entity: { kind: object.kind, id }, fact: object.fact(value, change) }]);
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
  return outcome(
    message,
    records.map((record) => ({
      entity: { kind: object.kind, id: record.id },
      fact: object.mergeFact(value, record),
      qualifier: `merged/${record.id}`,
    })),
  );
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
