import type { EntityRef, ExactObject } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount } from '../contract/integration-event.ts';
import { objectMember, textMember } from '../contract/json-body.ts';
import type { Normalization } from '../contract/normalization.ts';
import { normalizeObjectBody, normalizeObjectEvent } from '../contract/object-event.ts';
import { readInstant } from '../contract/times.ts';
import { workosFacts } from './facts.ts';
import type { WorkosOptions } from './options.ts';

/** One WorkOS delivery is one event, known by its event_01…, which is the same in the events API. */
export function normalizeWorkos(delivery: VerifiedDelivery<WorkosOptions>): Normalization {
  return normalizeObjectBody(delivery, (body) => {
    const id = textMember(body, 'id');
    const name = textMember(body, 'event');
    if (id === undefined || name === undefined) return 'the event has no id or no name';
    const object = objectMember(body, 'data');
    const at = readInstant(body['created_at']);
    const event = {
      id,
      name,
      account: fallbackAccount(delivery),
      occurred: at === undefined ? ({ estimated: true } as const) : ({ at, estimated: false } as const),
      entity: entityOf(object) ?? { kind: 'event', id },
      object,
    };
    return normalizeObjectEvent(delivery, event, workosFacts.get(name));
  });
}

/** Some have no object with an id (authentication.*): the event stands for itself then. */
function entityOf(data: ExactObject | undefined): EntityRef | undefined {
  const kind = textMember(data, 'object');
  const id = textMember(data, 'id');
  return kind === undefined || id === undefined ? undefined : { kind, id };
}
