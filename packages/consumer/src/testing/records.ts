import { type EventId, eventId, isDeliveryId, isEventId, isRequestId, newDeliveryId } from '@trunkline/core';
import {
  type DomainTopic,
  entityVersion,
  idStart,
  type EventTypeOf,
  type Metadata,
  type PayloadOf,
  recordKey,
  type RecordOf,
  type RequestTopic,
  type StatedTopic,
  topicEntry,
  typeRank,
  unstatedPayload,
} from '@trunkline/events';

import type { Applicable } from '../batch/apply.ts';
import type { ConsumedEvent, ConsumedRequest, RegisteredHandler } from '../handler.ts';

/** What a test says about an event; everything else of the envelope follows. */
export interface TestEvent<T extends StatedTopic> {
  readonly topic: T;
  readonly type: EventTypeOf<T>;
  readonly kind: string;
  readonly entityId: string;
  readonly occurredAt: number;
  /** The fields it states; the others are null and unstated. */
  readonly stated: Partial<PayloadOf<T>>;
  readonly tenantId?: string;
  /** Tells events apart that are equal otherwise. */
  readonly name?: string;
}

/** A whole record of one event, of the source `src_test` of its tenant. */
export function testRecord<T extends StatedTopic>(event: TestEvent<T>): RecordOf<T> {
  const { tenantId = 'tnt_a', name = '', topic, type, occurredAt } = event;
  const id = eventId({
    sourceId: `src_${tenantId}`,
    basis: 'key',
    parts: [event.kind, event.entityId, type, String(occurredAt), name],
    entity: topic.replace(/\.v[0-9]+$/, ''),
    qualifier: '',
    correction: 0,
  });
  const rank = typeRank(topic, type) ?? { lead: 0, step: 0 };
  const metadata: Metadata = {
    eventId: id,
    type,
    tenantId,
    sourceId: 'src_test',
    provider: 'stripe',
    account: 'acct_1.live',
    entityKind: event.kind,
    entityId: event.entityId,
    entityVersion: entityVersion({
      ...rank,
      occurredAtMs: occurredAt,
      correction: 0,
      receivedAtMs: occurredAt + 500,
      eventId: id,
    }),
    providerEventId: null,
    slot: `${topic}#`,
    occurredAt,
    occurredAtIsEstimated: false,
    providerSequence: null,
    receivedAt: occurredAt + 500,
    deliveryId: newDeliveryId(occurredAt + 500),
    correction: 0,
    statedFields: Object.keys(event.stated),
    changedFields: null,
  };
  return { ...unstatedPayload(topic), ...event.stated, metadata } as unknown as RecordOf<T>;
}

/** Records about one entity of tnt_a, by what happened to it: `refund('failed', 2_000, { status: 'failed' })`. */
export function recordsAbout<T extends StatedTopic>(
  topic: T,
  entityId: string,
): (state: StateOf<T>, occurredAt: number, stated: Partial<PayloadOf<T>>) => RecordOf<T> {
  const { domain, entity } = topicEntry(topic);
  return (state, occurredAt, stated) => {
    // StateOf is what is left of EventTypeOf without this prefix.
    const type = `${domain}.${entity}.${state}` as EventTypeOf<T>;
    return testRecord({ topic, type, kind: entity, entityId, occurredAt, stated });
  };
}

/** The last part of an event type. */
type StateOf<T extends StatedTopic> = EventTypeOf<T> extends `${string}.${string}.${infer State}` ? State : never;

/** The same fact as another tenant's: another event about an entity with the same id. */
export function ofTenant<T extends DomainTopic>(record: RecordOf<T>, tenantId: string): RecordOf<T> {
  const metadata: Metadata = record.metadata;
  const id: EventId = eventId({
    sourceId: `src_${tenantId}`,
    basis: 'id',
    parts: [metadata.eventId],
    entity: '',
    qualifier: '',
    correction: 0,
  });
  const entityVersionOfTenant = metadata.entityVersion.replace(/[0-9a-f]{20}$/, idStart(id));
  return { ...record, metadata: { ...metadata, tenantId, eventId: id, entityVersion: entityVersionOfTenant } };
}

/** A record as the flow hands it to a transaction. */
export function applicable<T extends DomainTopic>(handler: RegisteredHandler, record: RecordOf<T>): Applicable {
  const {
    eventId: id,
    deliveryId,
    tenantId,
    type,
    receivedAt,
    provider,
    account,
    entityKind,
    entityId,
  } = record.metadata;
  if (!isEventId(id) || !isDeliveryId(deliveryId)) throw new TypeError('a test record has ids that are none');
  const key = recordKey([tenantId, provider, account, entityKind, entityId]);
  const event = { record, eventId: id, type, key, firstAppendMs: receivedAt, attempt: 1, via: 'main' };
  return {
    event: event as unknown as ConsumedEvent,
    handler,
    entry: {
      eventId: id,
      tenantId,
      originalTopic: handler.topic,
      originalPartition: 0,
      originalOffset: 0n,
      via: 'main',
      attempt: 1,
      redriveCount: 0,
      traceId: null,
      deliveryId,
    },
  };
}

/** A request as the flow hands it to a transaction. */
export function applicableRequest<T extends RequestTopic>(handler: RegisteredHandler, record: RecordOf<T>): Applicable {
  const { requestId, tenantId, type, requestedAt } = record.metadata;
  if (!isRequestId(requestId)) throw new TypeError('a test request has an id that is none');
  const request = { record, requestId, type, key: '', firstAppendMs: requestedAt, attempt: 1, via: 'main' };
  return {
    event: request as unknown as ConsumedRequest,
    handler,
    entry: {
      eventId: requestId,
      tenantId,
      originalTopic: handler.topic,
      originalPartition: 0,
      originalOffset: 0n,
      via: 'main',
      attempt: 1,
      redriveCount: 0,
      traceId: null,
      deliveryId: null,
    },
  };
}
