import { type EntityRef, type ExactObject, isExactObject, maxIdLength, type Occurred } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { completeness } from '../contract/snapshot.ts';
import { readInstant } from '../contract/values.ts';
import { factsOf } from './facts.ts';
import type { WorkosOptions } from './options.ts';

/** What every WorkOS event says about itself. */
interface WorkosEvent {
  /** event_01…; unique, and the same in the events API. */
  readonly id: string;
  readonly name: string;
  readonly account: string;
  readonly entity: EntityRef;
  readonly occurred: Occurred;
  readonly data: ExactObject | undefined;
}

/** One WorkOS delivery is one event. */
export function normalizeWorkos(delivery: VerifiedDelivery<WorkosOptions>): Normalization {
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  if (!isExactObject(body.value)) return unreadableDelivery(delivery, 'the body is not a JSON object');
  const event = readEvent(delivery, body.value);
  return typeof event === 'string' ? unreadableDelivery(delivery, event) : normalizeEvent(delivery, event);
}

function normalizeEvent(delivery: VerifiedDelivery<WorkosOptions>, event: WorkosEvent): Normalization {
  const facts = factsOf(event.name);
  if (facts === undefined) return passOn(delivery, event);
  if (event.data === undefined || event.entity.kind !== facts.kind) {
    return passOn(delivery, event, `it is named after an object of the kind ${facts.kind} and carries none`);
  }
  const leader = facts.follows?.(event.data);
  if (facts.follows !== undefined && (leader === undefined || leader.id.length > maxIdLength)) {
    return passOn(delivery, event, 'it does not name what it belongs to');
  }
  const read = facts.fact(event.data, event.name);
  if (read === undefined) return passOn(delivery, event);
  const { account, entity, occurred, id } = event;
  const draft = draftOf({
    ...read.fact,
    account,
    entity,
    identity: { basis: 'id', id },
    occurred,
    providerEventId: id,
    ...(leader === undefined ? {} : { orderBy: { by: 'entity', entity: leader } }),
  });
  return { ...completeness(read.unreadable), events: [draft] };
}

/** A type without a canonical form: the whole message. */
function passOn(delivery: VerifiedDelivery<WorkosOptions>, event: WorkosEvent, flaw?: string): Normalization {
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
function readEvent(delivery: VerifiedDelivery<WorkosOptions>, body: ExactObject): WorkosEvent | string {
  const id = textMember(body, 'id');
  const name = textMember(body, 'event');
  if (id === undefined || name === undefined) return 'the event has no id or no name';
  const data = objectMember(body, 'data');
  const at = readInstant(body['created_at']);
  const event: WorkosEvent = {
    id,
    name,
    account: fallbackAccount(delivery),
    entity: entityOf(data) ?? { kind: 'event', id },
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    data,
  };
  const ids = [event.id, event.account, event.entity.kind, event.entity.id];
  return ids.some((text) => text.length > maxIdLength) ? `an id is longer than ${maxIdLength} characters` : event;
}

/** Some have no object with an id (authentication.*): the event stands for itself then. */
function entityOf(data: ExactObject | undefined): EntityRef | undefined {
  const kind = textMember(data, 'object');
  const id = textMember(data, 'id');
  return kind === undefined || id === undefined ? undefined : { kind, id };
}
