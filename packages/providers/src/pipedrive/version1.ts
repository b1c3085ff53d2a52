import { canonicalText, type DraftIdentity, type EntityRef, type ExactObject, idText } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent } from '../contract/integration-event.ts';
import { textMember } from '../contract/json-body.ts';
import type { Normalization } from '../contract/normalization.ts';
import { normalizationOf } from '../contract/outcome.ts';
import { occurredAt, readMicroseconds } from '../contract/times.ts';
import { readMetaTime, readReference } from './values.ts';

/**
 * A message of version 1 (`added.deal`), which Pipedrive still sends beside version 2. It is passed on under its own name,
 * about the same entity: meta says `object` where version 2 says `entity`, and meta.id is the object's.
 */
export function normalizeVersion1(delivery: VerifiedDelivery, body: ExactObject, meta: ExactObject): Normalization {
  const kind = textMember(meta, 'object') ?? '';
  const action = textMember(meta, 'action') ?? '';
  const company = readReference(meta['company_id']);
  const at = readMicroseconds(meta['timestamp_micro']) ?? readMetaTime(meta['timestamp']);
  const event = integrationEvent(delivery, {
    account: company ?? fallbackAccount(delivery),
    entity: entityOf(kind, meta) ?? contentEntity(delivery),
    identity: identityOf(body, meta),
    occurred: occurredAt(at),
    originalType: `${action}.${kind}`,
  });
  // Not all of what it says is in a record; the reason says what to do about it.
  return normalizationOf([
    { events: [event], flaws: ['it is of version 1 and passed on: create the webhook anew, as version 2'] },
  ]);
}

function entityOf(kind: string, meta: ExactObject): EntityRef | undefined {
  const id = readReference(meta['id']);
  return id === undefined || !/^[A-Za-z_]{1,64}$/.test(kind) ? undefined : { kind, id };
}

/** There is no event id: what was done to which object at which microsecond; without one of these the content. */
function identityOf(body: ExactObject, meta: ExactObject): DraftIdentity {
  const parts = ['company_id', 'action', 'object', 'id', 'timestamp_micro'].map((name) => idText(meta[name]));
  if (parts.every((part) => part !== '')) return { basis: 'key', parts: ['1', ...parts] };
  // Another one at each attempt.
  const { retry: _retry, ...item } = body;
  return { basis: 'hash', canonicalItem: canonicalText(item), occurrence: 0 };
}
