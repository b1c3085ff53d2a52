import type { EntityRef, ExactObject } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount } from '../contract/integration-event.ts';
import { objectMember, textMember } from '../contract/json-body.ts';
import type { Normalization } from '../contract/normalization.ts';
import { normalizeObjectBody, normalizeObjectEvent } from '../contract/object-event.ts';
import { readInstant, timeOfFact } from '../contract/times.ts';
import { paypalFacts } from './facts.ts';
import type { PaypalOptions } from './options.ts';

/** One PayPal delivery is one event, known by its WH-…: the transmission id is another one each time. */
export function normalizePaypal(delivery: VerifiedDelivery<PaypalOptions>): Normalization {
  return normalizeObjectBody(delivery, (body) => {
    const id = textMember(body, 'id');
    const name = textMember(body, 'event_type');
    if (id === undefined || name === undefined) return 'the event has no id or no event_type';
    const facts = paypalFacts.get(name);
    const resource = objectMember(body, 'resource');
    const object = resource === undefined ? undefined : (facts?.inside?.(resource) ?? resource);
    const event = {
      id,
      name,
      account: fallbackAccount(delivery),
      ...timeOfFact(body['create_time'], readInstant, 'create_time'),
      entity: entityOf(textMember(body, 'resource_type'), object) ?? { kind: 'event', id },
      object,
    };
    return normalizeObjectEvent(delivery, event, facts);
  });
}

/** One object may be a resource of several names. */
const kindOf: ReadonlyMap<string, string> = new Map([
  ['agreement', 'subscription'],
  ['invoices', 'invoice'],
]);

/** Some resources have no id: the event stands for itself then. */
function entityOf(type: string | undefined, resource: ExactObject | undefined): EntityRef | undefined {
  const id = textMember(resource, 'id') ?? textMember(resource, 'dispute_id');
  if (type === undefined || id === undefined) return undefined;
  const kind = type.toLowerCase();
  return { kind: kindOf.get(kind) ?? kind, id };
}
