import {
  canonicalText,
  type DraftIdentity,
  type EntityRef,
  type ExactObject,
  isExactObject,
  maxIdLength,
  type Occurred,
} from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { normalizationOf, notFound, undocumented } from '../contract/outcome.ts';
import { factOf, type ObjectChange } from './objects.ts';
import { readMetaTime, readReference } from './values.ts';
import { normalizeVersion1 } from './version1.ts';

/** What every message of version 2 says about itself. */
interface PipedriveMessage {
  readonly meta: ExactObject;
  readonly body: ExactObject;
  readonly action: string;
  readonly kind: string;
  readonly entity: EntityRef | undefined;
  readonly account: string;
  readonly eventId: string | undefined;
  readonly identity: DraftIdentity;
  readonly occurred: Occurred;
  /** Parts of its id or time that are not there. */
  readonly missing: readonly string[];
}

/** One Pipedrive delivery is one event. */
export function normalizePipedrive(delivery: VerifiedDelivery): Normalization {
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  const meta = objectMember(body.value, 'meta');
  if (!isExactObject(body.value) || meta === undefined) return unreadableDelivery(delivery, 'the body has no meta');
  if (textMember(meta, 'entity') === undefined) return normalizeVersion1(delivery, body.value, meta);
  return normalizeMessage(delivery, readMessage(delivery, body.value, meta));
}

function normalizeMessage(delivery: VerifiedDelivery, message: PipedriveMessage): Normalization {
  const { kind, entity, account, eventId, identity, occurred, missing } = message;
  const readFact = factOf(kind);
  const change = changeOf(message);
  if (readFact === undefined) return passOn(delivery, message, []);
  if (change === undefined) return passOn(delivery, message, ['it does not say what was done to which data']);
  if (entity === undefined) return passOn(delivery, message, ['it does not name its object']);
  const { fact, unreadable } = readFact(change);
  const draft = draftOf({
    ...fact,
    account,
    entity,
    identity,
    occurred,
    ...(eventId === undefined ? {} : { providerEventId: eventId }),
    ...(change.action === 'change' ? { changedFields: changedFields(change) } : {}),
  });
  return normalizationOf([{ events: [draft], flaws: [...notFound(missing), ...undocumented(unreadable)] }]);
}

function changeOf({ meta, body, action }: PipedriveMessage): ObjectChange | undefined {
  if (action !== 'create' && action !== 'change' && action !== 'delete') return undefined;
  const data = objectMember(body, 'data');
  if (action !== 'delete' && data === undefined) return undefined;
  return {
    action,
    // Of what is deleted Pipedrive sends the last state as `previous`; it is over and states nothing.
    data: action === 'delete' || data === undefined ? {} : data,
    previous: body['previous'],
    mergedInto: action === 'delete' ? readReference(meta['merged_to_id']) : undefined,
    mergedFrom: action === 'change' ? readReference(meta['merged_from_id']) : undefined,
    changeSource: textMember(meta, 'change_source') ?? null,
  };
}

/** How many names of changed fields an event lists. */
const maxChangedFields = 100;

/** Pipedrive's own names of what was different before; for information. */
function changedFields({ previous }: ObjectChange): readonly string[] {
  if (!isExactObject(previous)) return [];
  return Object.keys(previous)
    .filter((name) => name.length <= 64)
    .slice(0, maxChangedFields);
}

function readMessage(delivery: VerifiedDelivery, body: ExactObject, meta: ExactObject): PipedriveMessage {
  const id = textMember(meta, 'id');
  const eventId = id !== undefined && id.length <= maxIdLength ? id : undefined;
  const company = readReference(meta['company_id']);
  const kind = textMember(meta, 'entity') ?? '';
  const entityId = readReference(meta['entity_id']);
  const at = readMetaTime(meta['timestamp']);
  return {
    meta,
    body,
    action: textMember(meta, 'action') ?? '',
    kind,
    entity: entityId === undefined || !/^[a-z_]{1,64}$/.test(kind) ? undefined : { kind, id: entityId },
    account: company ?? fallbackAccount(delivery),
    eventId,
    identity: eventId === undefined ? contentIdentity(body, meta) : { basis: 'id', id: eventId },
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    missing: [
      ...(eventId === undefined ? ['meta.id'] : []),
      ...(company === undefined ? ['meta.company_id'] : []),
      ...(at === undefined ? ['meta.timestamp'] : []),
    ],
  };
}

/** Without an event id, what it says; `attempt` is another one each time it is sent. */
function contentIdentity(body: ExactObject, meta: ExactObject): DraftIdentity {
  const { attempt: _attempt, ...same } = meta;
  return { basis: 'hash', canonicalItem: canonicalText({ ...body, meta: same }), occurrence: 0 };
}

/** A message without a canonical form: products, users, pipelines, stages, what comes next. */
function passOn(delivery: VerifiedDelivery, message: PipedriveMessage, flaws: readonly string[]): Normalization {
  const { account, entity, eventId, identity, occurred, action, kind, missing } = message;
  const event = integrationEvent(delivery, {
    account,
    entity: entity ?? contentEntity(delivery),
    identity,
    occurred,
    originalType: `${action}.${kind}`,
    ...(eventId === undefined ? {} : { providerEventId: eventId }),
  });
  return normalizationOf([{ events: [event], flaws: [...flaws, ...notFound(missing)] }]);
}
