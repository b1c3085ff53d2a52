import {
  canonicalItem,
  type DraftIdentity,
  type EntityRef,
  type EventTypeOf,
  type ExactJson,
  type ExactObject,
  isExactObject,
  maxIdLength,
} from '@trunkline/events';

import { itemEntity } from '../contract/batch.ts';
import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { member, objectMember, readJsonDocument, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { type ItemOutcome, normalizationOf, notFound } from '../contract/outcome.ts';
import { SnapshotReader } from '../contract/snapshot.ts';

/** What Graph sends beside calendar events: other resources, and what becomes of a subscription. */
export const graphPassedOn: readonly string[] = [
  'message.created',
  'message.updated',
  'message.deleted',
  'contact.created',
  'contact.updated',
  'contact.deleted',
  'chatmessage.created',
  'lifecycle.missed',
  'lifecycle.subscriptionRemoved',
  'lifecycle.reauthorizationRequired',
];

/** One delivery is a list of notifications of any subscriptions; those that are proven are judged one by one. */
export function normalizeMicrosoftGraph(delivery: VerifiedDelivery): Normalization {
  const body = readJsonDocument(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  const items = member(body.document.value, 'value');
  if (!Array.isArray(items)) return unreadableDelivery(delivery, 'the body has no list "value"');
  // Array.isArray widens the items to any; this gives them their type back.
  const outcomes = (items as readonly ExactJson[]).flatMap((item, index) => {
    if (delivery.provenItems?.includes(index) === false || !isExactObject(item)) return [];
    return [normalizeItem(readNotification(delivery, item, index))];
  });
  const dropped = items.length - outcomes.length;
  if (dropped === 0) return normalizationOf(outcomes);
  const flaw = `${dropped} notifications have another clientState and were dropped`;
  return normalizationOf([...outcomes, { events: [], flaws: [flaw] }]);
}

interface Notification {
  readonly delivery: VerifiedDelivery;
  readonly item: ExactObject;
  readonly index: number;
  readonly account: string;
  readonly resource: ExactObject | undefined;
  /** `event`, `message`: the last part of the resource's type, in lower case. */
  readonly kind: string | undefined;
  readonly resourceId: string | undefined;
  readonly changeType: string | undefined;
}

function readNotification(delivery: VerifiedDelivery, item: ExactObject, index: number): Notification {
  const resource = objectMember(item, 'resourceData');
  const kind = /^#microsoft\.graph\.([a-z]{1,64})$/i.exec(textMember(resource, '@odata.type') ?? '')?.[1];
  return {
    delivery,
    item,
    index,
    account: shortText(item, 'tenantId') ?? shortText(item, 'organizationId') ?? fallbackAccount(delivery),
    resource,
    kind: kind?.toLowerCase(),
    resourceId: shortText(resource, 'id'),
    changeType: textMember(item, 'changeType'),
  };
}

const eventTypes: ReadonlyMap<string, EventTypeOf<'calendar.event.v1'>> = new Map([
  ['created', 'calendar.event.created'],
  ['updated', 'calendar.event.updated'],
  ['deleted', 'calendar.event.deleted'],
]);

function normalizeItem(notification: Notification): ItemOutcome {
  const { item, kind, resourceId, changeType, account, resource } = notification;
  const type = eventTypes.get(changeType ?? '');
  if (kind !== 'event' || resourceId === undefined || type === undefined) return passOn(notification);
  const { identity, missing } = identityOf(notification);
  const reader = new SnapshotReader('calendar.event.v1', resource);
  // It says that something changed, not what: the rest follows when it was fetched.
  if (type !== 'calendar.event.updated') reader.say('isDeleted', type === 'calendar.event.deleted');
  reader.say('etag', etagOf(item));
  const draft = draftOf({
    ...reader.fact(type).fact,
    account,
    entity: { kind: 'event', id: resourceId },
    identity,
    // A notification does not say when the resource was changed.
    occurred: { estimated: true },
  });
  return { events: [draft], flaws: notFound(missing) };
}

/**
 * What tells one notification from the next, as far as it has it:
 * - Two changes of one resource differ in its etag; it is created and deleted once, and need have no etag then.
 * - Encrypted content is another each time, so what it says is known by all of it.
 * - A subscription is removed once; that it must be renewed is one fact until it ends.
 * - That something was missed may come again and again in the same words, and each time a reading is due.
 */
function identityOf(notification: Notification): {
  readonly identity: DraftIdentity;
  readonly missing: readonly string[];
} {
  const { item, index, changeType } = notification;
  const lifecycle = textMember(item, 'lifecycleEvent');
  if (lifecycle !== undefined) return lifecycleIdentity(notification, lifecycle);
  const isMade = changeType === 'created' && notification.resourceId !== undefined;
  const isOnce = changeType === 'deleted' || (isMade && item['encryptedContent'] === undefined);
  const parts: readonly (readonly [name: string, value: string | undefined])[] = [
    ['subscriptionId', textMember(item, 'subscriptionId')],
    ['resource', textMember(item, 'resource')],
    ['changeType', changeType],
    ['resourceData.@odata.etag', etagOf(item) ?? (isOnce ? '' : undefined)],
  ];
  const values = parts.flatMap(([, value]) => (value === undefined ? [] : [value]));
  if (values.length === parts.length) return { identity: { basis: 'key', parts: values }, missing: [] };
  if (item['encryptedContent'] !== undefined) {
    return { identity: { basis: 'hash', canonicalItem: contentOf(item), occurrence: 0 }, missing: [] };
  }
  return {
    identity: { basis: 'rx', index },
    missing: parts.flatMap(([name, value]) => (value === undefined ? [name] : [])),
  };
}

function lifecycleIdentity(
  { item, index }: Notification,
  lifecycle: string,
): { readonly identity: DraftIdentity; readonly missing: readonly string[] } {
  const subscription = textMember(item, 'subscriptionId');
  const expiry = textMember(item, 'subscriptionExpirationDateTime') ?? '';
  if (subscription !== undefined && lifecycle !== 'missed') {
    const isRemoval = lifecycle === 'subscriptionRemoved';
    return { identity: { basis: 'key', parts: [subscription, lifecycle, isRemoval ? '' : expiry] }, missing: [] };
  }
  return { identity: { basis: 'rx', index }, missing: ['what tells it from the next of its kind'] };
}

/** The proof is a secret: it is neither passed on nor part of an id. */
function contentOf(item: ExactObject): string {
  return canonicalItem(item, ['clientState']);
}

/** Lifecycle notifications (missed, subscriptionRemoved, reauthorizationRequired) and resources without a canonical form. */
function passOn(notification: Notification): ItemOutcome {
  const { delivery, item, index, account, kind, changeType } = notification;
  const lifecycle = textMember(item, 'lifecycleEvent');
  const text = contentOf(item);
  const { identity, missing } = identityOf(notification);
  const event = integrationEvent(delivery, {
    account,
    entity: entityOf(notification) ?? itemEntity(text),
    identity,
    occurred: { estimated: true },
    originalType:
      lifecycle === undefined ? `${kind ?? 'resource'}.${changeType ?? 'changed'}` : `lifecycle.${lifecycle}`,
    item: { index, text },
  });
  return { events: [event], flaws: notFound(missing) };
}

function entityOf({ item, kind, resourceId }: Notification): EntityRef | undefined {
  if (kind !== undefined && resourceId !== undefined) return { kind, id: resourceId };
  const subscription = shortText(item, 'subscriptionId');
  return subscription === undefined ? undefined : { kind: 'subscription', id: subscription };
}

function etagOf(item: ExactObject): string | undefined {
  return textMember(objectMember(item, 'resourceData'), '@odata.etag');
}

/** Text that may stand in an id. */
function shortText(value: ExactJson | undefined, name: string): string | undefined {
  const text = textMember(value, name);
  return text !== undefined && text.length <= maxIdLength ? text : undefined;
}
