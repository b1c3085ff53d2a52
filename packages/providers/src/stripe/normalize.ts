import { type EntityRef, type ExactObject, isExactObject, maxIdLength, type Occurred } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { member, objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { completeness } from '../contract/snapshot.ts';
import { readInstant, readSeconds } from '../contract/values.ts';
import { factsOf } from './facts.ts';
import type { StripeOptions } from './options.ts';

/** What every Stripe message says about itself, snapshot or thin. */
interface StripeEvent {
  readonly id: string;
  readonly type: string;
  readonly account: string;
  readonly occurred: Occurred;
  /** The object it is about. */
  readonly entity: EntityRef;
  /** `data.object` of a snapshot event; a thin event has none. */
  readonly object: ExactObject | undefined;
}

/** One Stripe delivery is one event. */
export function normalizeStripe(delivery: VerifiedDelivery<StripeOptions>): Normalization {
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  if (!isExactObject(body.value)) return unreadableDelivery(delivery, 'the body is not a JSON object');

  const mode = modeOf(body.value);
  if (mode === undefined) return unreadableDelivery(delivery, 'livemode is not true or false');
  if (!delivery.settings.options.modes.includes(mode)) {
    return {
      verdict: 'ignored',
      reason: `it is a ${mode} mode event, and the source does not list that mode`,
      events: [],
    };
  }
  const event = readEvent(delivery, body.value, mode);
  if (typeof event === 'string') return unreadableDelivery(delivery, event);
  return normalizeEvent(delivery, event);
}

function normalizeEvent(delivery: VerifiedDelivery<StripeOptions>, event: StripeEvent): Normalization {
  const facts = factsOf(event.type);
  if (facts === undefined) return passOn(delivery, event);
  if (event.object === undefined || event.entity.kind !== facts.kind) {
    return passOn(delivery, event, `it is named after an object of the kind ${facts.kind} and carries none`);
  }
  const read = facts.fact(event.object, event.type);
  if (read === undefined) return passOn(delivery, event);
  const { account, entity, occurred, id } = event;
  const identity = { basis: 'id', id } as const;
  return {
    ...completeness(read.unreadable),
    events: [draftOf({ ...read.fact, account, entity, identity, occurred, providerEventId: id })],
  };
}

/** A type without a canonical form, thin events among them: the whole message, for subscribers who know Stripe. */
function passOn(delivery: VerifiedDelivery<StripeOptions>, event: StripeEvent, flaw?: string): Normalization {
  const { account, entity, occurred, id, type } = event;
  const passed = integrationEvent(delivery, {
    account,
    entity,
    identity: { basis: 'id', id },
    occurred,
    originalType: type,
    providerEventId: id,
  });
  if (flaw !== undefined) return { verdict: 'partial', reason: flaw, events: [passed] };
  return { verdict: 'normalised', events: [passed] };
}

function modeOf(event: ExactObject): 'live' | 'test' | undefined {
  const livemode = event['livemode'];
  if (typeof livemode !== 'boolean') return undefined;
  return livemode ? 'live' : 'test';
}

/** The event, or why there is none to read. */
function readEvent(delivery: VerifiedDelivery<StripeOptions>, body: ExactObject, mode: string): StripeEvent | string {
  const isThin = body['object'] === 'v2.core.event';
  if (!isThin && body['object'] !== 'event') return 'the body is neither a snapshot nor a thin Stripe event';
  const id = textMember(body, 'id');
  const type = textMember(body, 'type');
  if (id === undefined || type === undefined) return 'the event has no id or no type';

  // Connect: `account` is the connected account the event happened on. Thin events call it `context`.
  const owner = textMember(body, isThin ? 'context' : 'account') ?? fallbackAccount(delivery);
  const object = objectMember(member(body, 'data'), 'object');
  const entity = isThin ? entityOf(objectMember(body, 'related_object'), 'type') : entityOf(object, 'object');
  const event: StripeEvent = {
    id,
    type,
    account: `${owner}.${mode}`,
    occurred: occurredOf(body, isThin),
    entity: entity ?? { kind: 'event', id },
    object: isThin ? undefined : object,
  };
  const ids = [event.id, event.account, event.entity.kind, event.entity.id];
  return ids.some((text) => text.length > maxIdLength) ? `an id is longer than ${maxIdLength} characters` : event;
}

/** Some objects have no id (a balance): the event stands for itself then. */
function entityOf(object: ExactObject | undefined, kindMember: string): EntityRef | undefined {
  const kind = textMember(object, kindMember);
  const id = textMember(object, 'id');
  return kind === undefined || id === undefined ? undefined : { kind, id };
}

function occurredOf(body: ExactObject, isThin: boolean): Occurred {
  // Thin events write `created` as RFC 3339.
  const at = isThin ? readInstant(body['created']) : readSeconds(body['created']);
  return at === undefined ? { estimated: true } : { at, estimated: false };
}
