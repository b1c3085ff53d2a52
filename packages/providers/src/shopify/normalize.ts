import { type EntityRef, type ExactObject, isExactObject, type Occurred } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { readJsonBody } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { normalizationOf, notFound, undocumented } from '../contract/outcome.ts';
import { singleHeader } from '../contract/request.ts';
import { occurredAt, readInstant } from '../contract/times.ts';
import { entityOf, nestedIn } from './entity.ts';
import { factIdentity, identityOf } from './identity.ts';
import type { ShopifyOptions } from './options.ts';
import { shopifyTopics, usualTimes } from './topics.ts';
import { familyOf, type HeaderFamily } from './verify.ts';

/** What a delivery of Shopify says about itself: the topic in a header, the rest in the body. */
interface ShopifyEvent {
  readonly topic: string | undefined;
  readonly account: string;
  readonly entity: EntityRef | undefined;
  readonly object: ExactObject;
  readonly eventId: string | undefined;
  readonly triggeredAt: string | undefined;
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
  const topic = topicOf(delivery, family);
  return normalizeEvent(delivery, {
    topic,
    account,
    entity: entityOf(topic, body.value),
    object: body.value,
    eventId: singleHeader(delivery.request, family.eventId),
    triggeredAt: singleHeader(delivery.request, family.triggeredAt),
  });
}

function topicOf(delivery: VerifiedDelivery<ShopifyOptions>, family: HeaderFamily): string | undefined {
  const topic = singleHeader(delivery.request, family.topic);
  const action = family.action === undefined ? undefined : singleHeader(delivery.request, family.action);
  return topic === undefined || action === undefined ? topic : `${topic}/${action}`;
}

function normalizeEvent(delivery: VerifiedDelivery<ShopifyOptions>, event: ShopifyEvent): Normalization {
  const { topic, account, object } = event;
  if (topic === undefined) return passOn(delivery, event, ['it has no topic']);
  const facts = shopifyTopics.get(topic);
  if (facts === undefined) return passOn(delivery, event);
  const entity = facts.about === undefined ? event.entity : facts.about(object);
  if (entity === undefined) return passOn(delivery, event, ['it has no id']);
  const read = facts.fact(object, topic);
  if (read === undefined) return passOn(delivery, event);
  const time = timeOf(event, facts.times);
  const draft = draftOf({
    ...read.fact,
    account,
    entity,
    identity: factIdentity({ ...event, isTimed: time.isOwn }),
    occurred: time.occurred,
  });
  return normalizationOf([{ events: [draft], flaws: [...time.flaws, ...undocumented(read.unreadable)] }]);
}

/** A topic without a canonical form: the whole message. */
function passOn(
  delivery: VerifiedDelivery<ShopifyOptions>,
  event: ShopifyEvent,
  flaws: readonly string[] = [],
): Normalization {
  const { topic, account } = event;
  const time = timeOf(event, usualTimes);
  const passed = integrationEvent(delivery, {
    account,
    entity: event.entity ?? contentEntity(delivery),
    identity: identityOf({ ...event, isTimed: time.isOwn }),
    occurred: time.occurred,
    ...(topic === undefined ? {} : { originalType: topic }),
  });
  return normalizationOf([{ events: [passed], flaws: [...flaws, ...time.flaws] }]);
}

interface Time {
  readonly occurred: Occurred;
  /** Whether the body says it. */
  readonly isOwn: boolean;
  readonly flaws: readonly string[];
}

/** The body's own time, or that of the object in it; else the header that says when Shopify noticed. */
function timeOf({ object, entity, triggeredAt }: ShopifyEvent, names: readonly string[]): Time {
  const unreadable: string[] = [];
  for (const holder of [object, nestedIn(object, entity?.kind ?? '')]) {
    for (const name of names) {
      const value = holder?.[name] ?? undefined;
      if (value === undefined) continue;
      const at = readInstant(value);
      if (at !== undefined) return { occurred: occurredAt(at), isOwn: true, flaws: undocumented(unreadable) };
      unreadable.push(name);
    }
  }
  const at = readInstant(triggeredAt);
  return {
    occurred: occurredAt(at),
    isOwn: false,
    flaws: [...undocumented(unreadable), ...(at === undefined ? notFound(['a time']) : [])],
  };
}
