import type { EntityRef, ExactObject } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount } from '../contract/integration-event.ts';
import { objectMember, textMember } from '../contract/json-body.ts';
import type { Normalization } from '../contract/normalization.ts';
import { normalizeObjectBody, normalizeObjectEvent } from '../contract/object-event.ts';
import { readInstant } from '../contract/times.ts';
import { paypalFacts } from './facts.ts';
import type { PaypalOptions } from './options.ts';

/** One PayPal delivery is one event, known by its WH-…: the transmission id is another one each time. */
export function normalizePaypal(delivery: VerifiedDelivery<PaypalOptions>): Normalization {
  return normalizeObjectBody(delivery, (body) => {
    const id = textMember(body, 'id');
    const name = textMember(body, 'event_type');
    if (id === undefined || name === undefined) return 'the event has no id or no event_type';
    const object = objectMember(body, 'resource');
    const facts = paypalFacts.get(name);
    const at = readInstant(body['create_time']);
    const event = {
      id,
      name,
      account: fallbackAccount(delivery),
      occurred: at === undefined ? ({ estimated: true } as const) : ({ at, estimated: false } as const),
      entity: entityOf(textMember(body, 'resource_type'), object, facts?.id) ?? { kind: 'event', id },
      object,
    };
    return normalizeObjectEvent(delivery, event, facts);
  });
}

/** Some resources have no id: the event stands for itself then. */
function entityOf(type: string | undefined, resource: ExactObject | undefined, idMember = 'id'): EntityRef | undefined {
  const id = textMember(resource, idMember) ?? textMember(resource, 'dispute_id');
  return type === undefined || id === undefined ? undefined : { kind: type.toLowerCase(), id };
}
