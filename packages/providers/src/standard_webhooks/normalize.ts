import { type ExactJson, idText, maxIdLength } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { member, readJsonBody, textMember } from '../contract/json-body.ts';
import type { Normalization } from '../contract/normalization.ts';
import { singleHeader } from '../contract/request.ts';
import { readInstant } from '../contract/times.ts';
import { valueAt } from '../generic/pointer.ts';
import type { StandardWebhooksOptions } from './options.ts';
import { standardScheme } from './verify.ts';

/**
 * One delivery is one `integration.event.received` with the signed message id for its id, whatever the body is. Name and
 * time are those of the payload; the time in the header is that of the attempt, new at each.
 */
export function normalizeStandardWebhooks(delivery: VerifiedDelivery<StandardWebhooksOptions>): Normalization {
  const id = singleHeader(delivery.request, standardScheme.headers[0]);
  if (id === undefined || id.length > maxIdLength) {
    return unreadableDelivery(delivery, `the id of the message is longer than ${maxIdLength} characters`);
  }
  const body = readJsonBody(delivery.request.body);
  const value = body.readable ? body.value : undefined;
  const { entity: pointer } = delivery.settings.options;
  const entity = pointer === undefined ? undefined : entityAt(value, pointer);
  const type = textMember(value, 'type');
  const at = readInstant(member(value, 'timestamp'));

  const event = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: entity === undefined ? { kind: 'event', id } : { kind: 'entity', id: entity },
    identity: { basis: 'id', id },
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    ...(type === undefined ? {} : { originalType: type }),
    providerEventId: id,
    ...(entity === undefined ? {} : { orderBy: { by: 'source', value: entity } }),
  });
  if (!body.readable) return { verdict: 'partial', reason: body.reason, events: [event] };
  if (pointer === undefined || entity !== undefined) return { verdict: 'normalised', events: [event] };
  return { verdict: 'partial', reason: 'not found or not usable: entity', events: [event] };
}

function entityAt(value: ExactJson | undefined, pointer: string): string | undefined {
  const text = value === undefined ? '' : idText(valueAt(value, pointer));
  return text === '' || text.length > maxIdLength ? undefined : text;
}
