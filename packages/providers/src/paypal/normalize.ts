import { type EntityRef, type ExactObject, isExactObject, maxIdLength, type Occurred } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { completeness } from '../contract/snapshot.ts';
import { readInstant } from '../contract/values.ts';
import { factsOf } from './facts.ts';
import type { PaypalOptions } from './options.ts';

/** What every PayPal event says about itself. */
interface PaypalEvent {
  /** WH-…: the same when it is sent again; the transmission id is another each time. */
  readonly id: string;
  readonly name: string;
  readonly account: string;
  readonly entity: EntityRef;
  readonly occurred: Occurred;
  readonly resource: ExactObject | undefined;
}

/** One PayPal delivery is one event. */
export function normalizePaypal(delivery: VerifiedDelivery<PaypalOptions>): Normalization {
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  if (!isExactObject(body.value)) return unreadableDelivery(delivery, 'the body is not a JSON object');
  const event = readEvent(delivery, body.value);
  return typeof event === 'string' ? unreadableDelivery(delivery, event) : normalizeEvent(delivery, event);
}

function normalizeEvent(delivery: VerifiedDelivery<PaypalOptions>, event: PaypalEvent): Normalization {
  const facts = factsOf(event.name);
  if (facts === undefined) return passOn(delivery, event);
  if (event.resource === undefined || event.entity.kind !== facts.kind) {
    return passOn(delivery, event, `it is named after a resource of the type ${facts.kind} and carries none`);
  }
  const read = facts.fact(event.resource, event.name);
  if (read === undefined) return passOn(delivery, event);
  const { account, entity, occurred, id } = event;
  const draft = draftOf({
    ...read.fact,
    account,
    entity,
    identity: { basis: 'id', id },
    occurred,
    providerEventId: id,
  });
  return { ...completeness(read.unreadable), events: [draft] };
}

/** A type without a canonical form: the whole message. */
function passOn(delivery: VerifiedDelivery<PaypalOptions>, event: PaypalEvent, flaw?: string): Normalization {
  const { account, entity, occurred, id, name } = event;
  const passed = integrationEvent(delivery, {
    account,
    entity,
    identity: { basis: 'id', id },
    occurred,
    originalType: name,
    providerEventId: id,
  });
  if (flaw !== undefined) return { verdict: 'partial', reason: flaw, events: [passed] };
  return { verdict: 'normalised', events: [passed] };
}

/** The event, or why there is none to read. */
function readEvent(delivery: VerifiedDelivery<PaypalOptions>, body: ExactObject): PaypalEvent | string {
  const id = textMember(body, 'id');
  const name = textMember(body, 'event_type');
  if (id === undefined || name === undefined) return 'the event has no id or no event_type';
  const resource = objectMember(body, 'resource');
  const at = readInstant(body['create_time']);
  const event: PaypalEvent = {
    id,
    name,
    account: fallbackAccount(delivery),
    entity: entityOf(textMember(body, 'resource_type'), resource, factsOf(name)?.id) ?? { kind: 'event', id },
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    resource,
  };
  const ids = [event.id, event.account, event.entity.kind, event.entity.id];
  return ids.some((text) => text.length > maxIdLength) ? `an id is longer than ${maxIdLength} characters` : event;
}

/** Some resources have no id: the event stands for itself then. */
function entityOf(type: string | undefined, resource: ExactObject | undefined, idMember = 'id'): EntityRef | undefined {
  const id = textMember(resource, idMember) ?? textMember(resource, 'dispute_id');
  return type === undefined || id === undefined ? undefined : { kind: type.toLowerCase(), id };
}
