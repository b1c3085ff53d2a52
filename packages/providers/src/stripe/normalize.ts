import type { EntityRef, ExactObject } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount } from '../contract/integration-event.ts';
import { member, objectMember, textMember } from '../contract/json-body.ts';
import type { Normalization } from '../contract/normalization.ts';
import { normalizeObjectBody, normalizeObjectEvent, type ObjectEvent } from '../contract/object-event.ts';
import { readInstant, readSeconds, timeOfFact } from '../contract/times.ts';
import { stripeFacts } from './facts.ts';
import type { StripeOptions } from './options.ts';

/** One Stripe delivery is one event, snapshot or thin; a thin one carries no object. */
export function normalizeStripe(delivery: VerifiedDelivery<StripeOptions>): Normalization {
  return normalizeObjectBody(delivery, (body) => {
    const mode = modeOf(body);
    if (mode === undefined) return 'livemode is not true or false';
    if (!delivery.settings.options.modes.includes(mode)) {
      return {
        verdict: 'ignored',
        reason: `it is a ${mode} mode event, and the source does not list that mode`,
        events: [],
      };
    }
    const event = readEvent(delivery, body, mode);
    return typeof event === 'string' ? event : normalizeObjectEvent(delivery, event, stripeFacts.get(event.name));
  });
}

function modeOf(event: ExactObject): 'live' | 'test' | undefined {
  const livemode = event['livemode'];
  if (typeof livemode !== 'boolean') return undefined;
  return livemode ? 'live' : 'test';
}

/** The event, or why there is none to read. */
function readEvent(delivery: VerifiedDelivery<StripeOptions>, body: ExactObject, mode: string): ObjectEvent | string {
  const isThin = body['object'] === 'v2.core.event';
  if (!isThin && body['object'] !== 'event') return 'the body is neither a snapshot nor a thin Stripe event';
  const id = textMember(body, 'id');
  const name = textMember(body, 'type');
  if (id === undefined || name === undefined) return 'the event has no id or no type';

  // Connect: `account` is the connected account the event happened on. Thin events call it `context`.
  const owner = textMember(body, isThin ? 'context' : 'account') ?? fallbackAccount(delivery);
  const object = objectMember(member(body, 'data'), 'object');
  // Thin events write `created` as RFC 3339.
  const time = timeOfFact(body['created'], isThin ? readInstant : readSeconds, 'created');
  const entity = isThin ? entityOf(objectMember(body, 'related_object'), 'type') : entityOf(object, 'object');
  return {
    id,
    name,
    account: `${owner}.${mode}`,
    ...time,
    entity: entity ?? { kind: 'event', id },
    object: isThin ? undefined : object,
    ...changedFieldsOf(body),
  };
}

/** Some objects have no id (a balance): the event stands for itself then. */
function entityOf(object: ExactObject | undefined, kindMember: string): EntityRef | undefined {
  const kind = textMember(object, kindMember);
  const id = textMember(object, 'id');
  return kind === undefined || id === undefined ? undefined : { kind, id };
}

/** How many names of changed fields an event lists. */
const maxChangedFields = 100;

/** Stripe's own names of what was different before; for information. */
function changedFieldsOf(body: ExactObject): Pick<ObjectEvent, 'changedFields'> {
  const previous = objectMember(member(body, 'data'), 'previous_attributes');
  if (previous === undefined) return {};
  const names = Object.keys(previous).filter((name) => name.length <= 64);
  return { changedFields: names.slice(0, maxChangedFields) };
}
