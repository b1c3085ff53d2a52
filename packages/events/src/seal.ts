import { createHash } from 'node:crypto';

import { type DeliveryId, type EventId, eventId, TrunklineError } from '@trunkline/core';

import { type DomainTopic, type EventTypeOf, type RecordOf, topicEntry, typeRank } from './catalogue.ts';
import type { DraftIdentity, EventDraft, Occurred } from './draft.ts';
import type { Metadata } from './generated/records.ts';
import { personalDigest, recordKey } from './key.ts';
import { entityVersion } from './version.ts';

/** What every event of one delivery has in common. */
export interface DeliveryContext {
  readonly tenantId: string;
  readonly sourceId: string;
  readonly provider: string;
  readonly deliveryId: DeliveryId;
  readonly receivedAtMs: number;
  /** 0, or the number of the correcting replay. */
  readonly correction: number;
  readonly installationKey: Uint8Array;
}

/** An event with everything decided but its bytes. */
export interface SealedEvent<T extends DomainTopic = DomainTopic> {
  readonly topic: T;
  readonly type: EventTypeOf<T>;
  readonly eventId: EventId;
  readonly key: string;
  readonly record: RecordOf<T>;
  /** `kind/entityId`: the CloudEvents subject. */
  readonly subject: string;
  readonly occurredAtMs: number;
}

/** A provider's clock may be ahead of ours by this much; a later time is no time. */
const maxClockLeadMs: number = 5 * 60_000;
/** An id stands in a record key, a header and a primary key, so it has a limit: UTF-16 units. */
export const maxIdLength = 1_024;

/**
 * Applies the rules of docs/records.md to a draft: id, version, key and envelope. Pure: the same draft of the same
 * delivery always gives the same event. Throws `payload_malformed` for a draft that cannot become an event.
 */
export function sealEvent<T extends DomainTopic>(draft: EventDraft<T>, context: DeliveryContext): SealedEvent<T> {
  const { domain, entity, untimed } = topicEntry(draft.topic);
  const rank = typeRank(draft.topic, draft.type);
  if (rank === undefined) throw refused(draft, 'has a type that is not in the catalogue');
  refuseUnusable(draft);

  const slotEntity = `${domain}.${entity}`;
  const qualifier = draft.identity.qualifier ?? '';
  const id = eventId({
    sourceId: context.sourceId,
    basis: draft.identity.basis,
    parts: identityParts(draft, context.deliveryId),
    entity: slotEntity,
    qualifier,
    correction: context.correction,
  });
  const time = timeOf(draft.occurred, context.receivedAtMs);
  const metadata: Metadata = {
    eventId: id,
    type: draft.type,
    tenantId: context.tenantId,
    sourceId: context.sourceId,
    provider: context.provider,
    account: draft.account,
    entityKind: draft.entity.kind,
    entityId: draft.entity.id,
    entityVersion: entityVersion({
      lead: draft.lead ?? rank.lead,
      occurredAtMs: orderingTime(time, untimed, context.receivedAtMs),
      providerSequence: draft.providerSequence,
      step: rank.step,
      correction: context.correction,
      receivedAtMs: context.receivedAtMs,
      eventId: id,
    }),
    providerEventId: draft.providerEventId ?? null,
    slot: `${slotEntity}#${qualifier}`,
    occurredAt: time.occurredAtMs,
    occurredAtIsEstimated: time.estimated,
    providerSequence: draft.providerSequence ?? null,
    receivedAt: context.receivedAtMs,
    deliveryId: context.deliveryId,
    correction: context.correction,
    statedFields: draft.statedFields,
    changedFields: draft.changedFields ?? null,
  };
  return {
    topic: draft.topic,
    type: draft.type,
    eventId: id,
    key: keyOf(draft, context),
    // RecordOf<T> is Metadata plus PayloadOf<T> by its definition; the compiler cannot undo the Omit while T is open.
    // The payload first: then the engine copies it whole, and not member by member.
    record: { ...draft.payload, metadata } as unknown as RecordOf<T>,
    subject: `${draft.entity.kind}/${draft.entity.id}`,
    occurredAtMs: time.occurredAtMs,
  };
}

/** A draft as far as the rules look at it, whatever its topic. */
type AnyDraft = Omit<EventDraft, 'topic' | 'type' | 'statedFields' | 'payload'> & {
  readonly topic: string;
  readonly type: string;
};

function identityParts(draft: AnyDraft, deliveryId: DeliveryId): readonly string[] {
  const { identity } = draft;
  switch (identity.basis) {
    case 'id':
      return [identity.id];
    case 'key':
      return identity.parts;
    case 'hash':
      return [
        createHash('sha256').update(identity.canonicalItem, 'utf8').digest('hex'),
        counter(draft, identity.occurrence),
      ];
    case 'rx':
      return [deliveryId, counter(draft, identity.index)];
  }
}

interface EventTime {
  readonly occurredAtMs: number;
  readonly estimated: boolean;
}

/** The time of the fact, or the time of receipt where the provider's cannot be one. */
function timeOf(occurred: Occurred, receivedAtMs: number): EventTime {
  const usable =
    !occurred.estimated &&
    Number.isInteger(occurred.at) &&
    occurred.at >= 0 &&
    occurred.at <= receivedAtMs + maxClockLeadMs;
  return usable ? { occurredAtMs: occurred.at, estimated: false } : { occurredAtMs: receivedAtMs, estimated: true };
}

/** An estimated time must not win over a stated one, so it counts as the beginning of time. */
function orderingTime(time: EventTime, untimed: boolean, receivedAtMs: number): number {
  if (untimed) return receivedAtMs;
  return time.estimated ? 0 : time.occurredAtMs;
}

function keyOf(draft: AnyDraft, context: DeliveryContext): string {
  const { orderBy } = draft;
  if (orderBy?.by === 'source' || (orderBy === undefined && draft.topic === 'integration.event.v1')) {
    const value = orderBy?.value ?? draft.providerEventId ?? draft.entity.id;
    return recordKey([context.tenantId, context.sourceId, value]);
  }
  const account = [context.tenantId, context.provider, draft.account];
  if (orderBy?.by === 'personal') {
    const { installationKey, tenantId } = context;
    return recordKey([...account, orderBy.kind, personalDigest({ installationKey, tenantId, values: orderBy.values })]);
  }
  const entity = orderBy?.entity ?? draft.entity;
  return recordKey([...account, entity.kind, entity.id]);
}

function counter(draft: AnyDraft, value: number): string {
  if (!Number.isSafeInteger(value) || value < 0)
    throw refused(draft, 'counts its items with something that is not a whole number');
  return String(value);
}

/** Refuses what would give two facts one id, one key or one place in a projection. */
function refuseUnusable(draft: AnyDraft): void {
  const ids = [draft.account, draft.entity.kind, draft.entity.id, ...orderingIds(draft)];
  if (draft.providerEventId !== undefined) ids.push(draft.providerEventId);
  if (ids.includes(''))
    throw refused(draft, 'has an empty account, kind, entity id, provider event id or ordering value');
  // Nobody who keeps ids in Postgres can keep it, and headers are not the place for one either.
  if (ids.some((id) => id.includes('\0'))) throw refused(draft, 'has an id with a zero byte');
  if (ids.some((id) => id.length > maxIdLength))
    throw refused(draft, `has an id longer than ${maxIdLength} characters`);
  if (isEmptyIdentity(draft.identity))
    throw refused(draft, 'has nothing to make its id from; an item without an id is identified by rx');
}

function orderingIds(draft: AnyDraft): readonly string[] {
  const { orderBy } = draft;
  if (orderBy === undefined) return [];
  switch (orderBy.by) {
    case 'entity':
      return [orderBy.entity.kind, orderBy.entity.id];
    case 'personal':
      return [orderBy.kind, ...(orderBy.values.length === 0 ? [''] : orderBy.values)];
    case 'source':
      return [orderBy.value];
  }
}

function isEmptyIdentity(identity: DraftIdentity): boolean {
  switch (identity.basis) {
    case 'id':
      return identity.id === '';
    case 'key':
      return identity.parts.every((part) => part === '');
    case 'hash':
      return identity.canonicalItem === '';
    case 'rx':
      return false;
  }
}

/** Names the type only: ids may be personal. */
function refused(draft: AnyDraft, why: string): TrunklineError {
  return new TrunklineError('payload_malformed', `a draft of ${draft.type} ${why}`);
}
