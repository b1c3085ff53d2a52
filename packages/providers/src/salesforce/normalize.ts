import { canonicalText, type DraftIdentity, type EntityRef, type ExactJson, type Occurred } from '@trunkline/events';

import { itemEntity } from '../contract/batch.ts';
import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { type ItemOutcome, normalizationOf, notFound, undocumented } from '../contract/outcome.ts';
import { occurredAt } from '../contract/times.ts';
import { canonicalId, readMessage } from './message.ts';
import { factOf, type Fields, modifiedAt } from './objects.ts';
import type { SalesforceOptions } from './options.ts';
import { childOf, type XmlElement } from './xml.ts';

/** Salesforce sends at most a hundred. */
const maxNotifications = 1_000;

/** One delivery is up to a hundred notifications; each is one event, whatever the others are. */
export function normalizeSalesforce(delivery: VerifiedDelivery<SalesforceOptions>): Normalization {
  const read = readMessage(delivery.request.body);
  if (!read.readable) return unreadableDelivery(delivery, read.reason);
  const { organizationId, notifications, source } = read.message;
  if (notifications.length > maxNotifications) {
    return unreadableDelivery(delivery, `the body has more than ${maxNotifications} notifications`);
  }
  const account = organizationId ?? fallbackAccount(delivery);
  const flaws = notFound(organizationId === undefined ? ['OrganizationId'] : []);
  return normalizationOf(
    notifications.map((element, index) => {
      const item = { index, text: source.slice(element.start, element.end) };
      return normalizeItem(readNotification(element, { delivery, account, item, flaws }));
    }),
  );
}

interface Surroundings {
  readonly delivery: VerifiedDelivery<SalesforceOptions>;
  readonly account: string;
  /** The notification alone, as it was written. */
  readonly item: { readonly index: number; readonly text: string };
  readonly flaws: readonly string[];
}

interface Notification extends Surroundings {
  /** Contact, Invoice__c. */
  readonly kind: string | undefined;
  readonly entity: EntityRef | undefined;
  readonly fields: Fields | undefined;
  readonly eventId: string | undefined;
  readonly identity: DraftIdentity;
  readonly occurred: Occurred;
}

function readNotification(element: XmlElement, around: Surroundings): Notification {
  const id = childOf(element, 'Id')?.text;
  const eventId = id !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(id) ? id : undefined;
  const object = childOf(element, 'sObject');
  // xsi:type="sf:Contact"
  const kind = /^(?:[^:]+:)?([A-Za-z][A-Za-z0-9_]{0,79})$/.exec(object?.attributes.get('type') ?? '')?.[1];
  const objectId = canonicalId(childOf(object, 'Id')?.text);
  const fields = object === undefined ? undefined : fieldsOf(object);
  const at = fields === undefined ? undefined : modifiedAt(fields);
  return {
    ...around,
    kind,
    entity: kind === undefined || objectId === undefined ? undefined : { kind, id: objectId },
    fields,
    eventId,
    identity: eventId === undefined ? contentIdentity(around, at) : { basis: 'id', id: eventId },
    occurred: occurredAt(at ?? undefined),
    flaws: [
      ...around.flaws,
      ...notFound(eventId === undefined ? ['Notification Id'] : []),
      ...undocumented(at === null ? ['SystemModstamp or LastModifiedDate'] : []),
    ],
  };
}

/** Without an id of its own a notification is known by its text, where that says when the object was changed. */
function contentIdentity({ item, account }: Surroundings, at: number | null | undefined): DraftIdentity {
  if (typeof at !== 'number') return { basis: 'rx', index: item.index };
  return { basis: 'hash', canonicalItem: canonicalText([account, item.text]), occurrence: 0 };
}

/** The fields by name; undefined where one is named twice, because two readers could see two different things. */
function fieldsOf(object: XmlElement): Fields | undefined {
  const names = new Set(object.children.map(({ name }) => name));
  if (names.size < object.children.length) return undefined;
  const values = object.children
    // Compound fields (addresses) have fields of their own, and those are chosen one by one as well.
    .filter(({ children }) => children.length === 0)
    .map((field): readonly [string, ExactJson] => [
      field.name,
      field.attributes.get('nil') === 'true' ? null : field.text,
    ]);
  const custom = values.filter(([name]) => name.endsWith('__c'));
  const standard = values.filter(([name]) => !name.endsWith('__c') && name !== 'customFields');
  return Object.fromEntries([
    ...standard,
    ...(custom.length === 0 ? [] : [['customFields', Object.fromEntries(custom)] as const]),
  ]);
}

function normalizeItem(notification: Notification): ItemOutcome {
  const { kind, entity, fields, account, identity, occurred, eventId, flaws } = notification;
  const readFact = factOf(kind ?? '');
  if (readFact === undefined) return passOn(notification, []);
  if (entity === undefined || fields === undefined) {
    return passOn(notification, ['it does not name its object, or names a field twice']);
  }
  const { fact, unreadable } = readFact(fields);
  const draft = draftOf({
    ...fact,
    account,
    entity,
    identity,
    occurred,
    ...(eventId === undefined ? {} : { providerEventId: eventId }),
  });
  return { events: [draft], flaws: [...flaws, ...undocumented(unreadable)] };
}

/** An object without a canonical form: the notification alone, without the session id that may stand beside it. */
function passOn(notification: Notification, more: readonly string[]): ItemOutcome {
  const { delivery, account, item, kind, entity, eventId, identity, occurred, flaws } = notification;
  const event = integrationEvent(delivery, {
    account,
    entity: entity ?? itemEntity(item.text),
    identity,
    occurred,
    ...(kind === undefined ? {} : { originalType: kind }),
    ...(eventId === undefined ? {} : { providerEventId: eventId }),
    item,
  });
  return { events: [event], flaws: [...flaws, ...more] };
}
