import {
  canonicalText,
  type DraftIdentity,
  type EntityRef,
  type ExactObject,
  idText,
  isExactObject,
  maxIdLength,
  type Occurred,
} from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import type { EventMapping } from '../contract/provider.ts';
import { singleHeader } from '../contract/request.ts';
import { completeness, type SnapshotFact } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readId } from '../contract/values.ts';
import type { ShopifyOptions } from './options.ts';
import { orderFact } from './order.ts';
import { refundFact, refundTypes } from './refund.ts';
import { transactionFact, transactionTypes } from './transaction.ts';
import { familyOf } from './verify.ts';

interface TopicFacts {
  readonly kind: string;
  readonly types: readonly EventMapping['to'][];
  readonly fact: (object: ExactObject) => SnapshotFact | undefined;
  /** Members that make two events of one object different, beside its id. */
  readonly key: readonly string[];
  /** Members that say when it happened, the best first. */
  readonly times: readonly string[];
}

const topics: ReadonlyMap<string, TopicFacts> = new Map([
  [
    'orders/paid',
    {
      kind: 'order',
      types: ['payments.checkout.completed'],
      fact: orderFact,
      key: ['updated_at'],
      times: ['updated_at'],
    },
  ],
  [
    'order_transactions/create',
    {
      kind: 'order_transaction',
      types: transactionTypes,
      fact: transactionFact,
      // Sent again when the status changes.
      key: ['status', 'processed_at'],
      times: ['processed_at', 'created_at'],
    },
  ],
  [
    'refunds/create',
    {
      kind: 'refund',
      types: refundTypes,
      fact: refundFact,
      key: ['created_at'],
      times: ['processed_at', 'created_at'],
    },
  ],
]);

export const shopifyMappings: readonly EventMapping[] = [...topics].flatMap(([from, { types }]) =>
  types.map((to) => ({ from, to })),
);

/** What a delivery of Shopify says about itself: the topic in a header, the rest in the body. */
interface ShopifyEvent {
  readonly topic: string | undefined;
  readonly account: string;
  readonly entity: EntityRef | undefined;
  readonly object: ExactObject;
}

/** One Shopify delivery is one event. */
export function normalizeShopify(delivery: VerifiedDelivery<ShopifyOptions>): Normalization {
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  if (!isExactObject(body.value)) return unreadableDelivery(delivery, 'the body is not a JSON object');
  const family = familyOf(delivery.request);
  const account = fallbackAccount(delivery);
  const shop = singleHeader(delivery.request, family.shop);
  // All shops of an app share its secret, so a shop that is not the source's own has to be noticed here.
  if (shop !== undefined && shop.toLowerCase() !== account) {
    return unreadableDelivery(delivery, 'it is of another shop than the account of this source');
  }
  const topic = singleHeader(delivery.request, family.topic);
  const action = family.action === undefined ? undefined : singleHeader(delivery.request, family.action);
  const event: ShopifyEvent = {
    topic: topic === undefined || action === undefined ? topic : `${topic}/${action}`,
    account,
    entity: entityOf(topic, body.value),
    object: body.value,
  };
  return normalizeEvent(delivery, event);
}

function normalizeEvent(delivery: VerifiedDelivery<ShopifyOptions>, event: ShopifyEvent): Normalization {
  const { topic, account, entity, object } = event;
  if (topic === undefined) return passOn(delivery, event, 'it has no topic');
  const facts = topics.get(topic);
  if (facts === undefined) return passOn(delivery, event);
  if (entity === undefined) return passOn(delivery, event, 'it has no id');
  const read = facts.fact(object);
  if (read === undefined) return passOn(delivery, event);
  const draft = draftOf({
    ...read.fact,
    account,
    entity: { kind: facts.kind, id: entity.id },
    identity: { basis: 'key', parts: [topic, objectId(object), ...facts.key.map((name) => idText(object[name]))] },
    occurred: occurredOf(object, facts.times),
  });
  return { ...completeness(read.unreadable), events: [draft] };
}

/** A topic without a canonical form: the whole message. */
function passOn(delivery: VerifiedDelivery<ShopifyOptions>, event: ShopifyEvent, flaw?: string): Normalization {
  const { topic, account, object } = event;
  const passed = integrationEvent(delivery, {
    account,
    entity: event.entity ?? contentEntity(delivery),
    identity: identityOf(topic, object),
    occurred: occurredOf(object, ['updated_at', 'processed_at', 'created_at']),
    ...(topic === undefined ? {} : { originalType: topic }),
  });
  if (flaw !== undefined) return { verdict: 'partial', reason: flaw, events: [passed] };
  return { verdict: 'normalised', events: [passed] };
}

/**
 * The ids of Shopify's deliveries are in headers, which nothing signs, so an id is made of the body: Shopify repeats a
 * delivery with the body it had. One without a time of its own may be sent twice and mean two things.
 */
function identityOf(topic: string | undefined, object: ExactObject): DraftIdentity {
  const timed = ['updated_at', 'processed_at', 'created_at'].some((name) => textMember(object, name) !== undefined);
  if (!timed) return { basis: 'rx', index: 0 };
  return { basis: 'hash', canonicalItem: canonicalText([topic ?? null, object]), occurrence: 0 };
}

/** The global id names the type as well; it is there in every payload since 2018. */
function objectId(object: ExactObject): string {
  return textMember(object, 'admin_graphql_api_id') ?? idText(object['id']);
}

/** The kind is the type in the global id (`OrderTransaction`: order_transaction), else the topic's resource. */
function entityOf(topic: string | undefined, object: ExactObject): EntityRef | undefined {
  const id = readId(object['id']);
  if (id === undefined || id.length > maxIdLength) return undefined;
  const type = /^gid:\/\/shopify\/([A-Za-z]{1,64})\//.exec(textMember(object, 'admin_graphql_api_id') ?? '')?.[1];
  if (type !== undefined) return { kind: type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase(), id };
  const resource = topic?.split('/', 1)[0];
  return resource === undefined || resource === '' ? undefined : { kind: resource.slice(0, maxIdLength), id };
}

function occurredOf(object: ExactObject, names: readonly string[]): Occurred {
  for (const name of names) {
    const at = readInstant(object[name]);
    if (at !== undefined) return { at, estimated: false };
  }
  return { estimated: true };
}
