import {
  type DeliveryId,
  idPattern,
  isDeliveryId,
  isEventId,
  isRequestId,
  type RecordId,
  TrunklineError,
} from '@trunkline/core';
import {
  assertHeadersMatch,
  assertRequestHeadersMatch,
  type ConsumedTopic,
  type EventCodec,
  headerName,
  isConsumedTopic,
  type Metadata,
  type RecordOf,
  type RequestMetadata,
  typeRank,
} from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';

import type { Consumed, HandlerTable, RegisteredHandler, Via } from '../handler.ts';
import { keyOf } from '../strict/ordering.ts';
import { type Origin, originOf } from './origin.ts';

/** A record with everything a run needs to know. */
export interface DecodedRecord {
  readonly source: IncomingRecord;
  readonly origin: Origin;
  readonly consumed: Consumed;
  readonly id: RecordId;
  /** Null of a request. */
  readonly deliveryId: DeliveryId | null;
  /** False: a newer release published it, this one cannot tell whether a handler would want it. */
  readonly isKnownType: boolean;
  /** Undefined: no handler of this group wants the type. */
  readonly handler: RegisteredHandler | undefined;
}

/**
 * Bytes to a checked event or request; undefined where the registry has to be asked first. Throws `decode_failed` or
 * `schema_unknown`: the record is bad.
 */
export function decodeRecordNow(
  codec: EventCodec,
  handlers: HandlerTable,
  { record, via }: { readonly record: IncomingRecord; readonly via: Via },
): DecodedRecord | undefined {
  const origin = originOf(record, via);
  const topic = topicOf(origin, handlers);
  const decoded = codec.decodeNow(topic, record.value);
  return decoded === undefined ? undefined : checked(decoded, handlers, { record, origin, topic });
}

/** The same, asking the registry. Rejects with `dependency_unavailable`, too, which says nothing about the record. */
export async function decodeRecord(
  codec: EventCodec,
  handlers: HandlerTable,
  { record, via }: { readonly record: IncomingRecord; readonly via: Via },
): Promise<DecodedRecord> {
  const origin = originOf(record, via);
  const topic = topicOf(origin, handlers);
  return checked(await codec.decode(topic, record.value), handlers, { record, origin, topic });
}

interface Place {
  readonly record: IncomingRecord;
  readonly origin: Origin;
  readonly topic: ConsumedTopic;
}

function checked(
  decoded: RecordOf<ConsumedTopic>,
  handlers: HandlerTable,
  { record, origin, topic }: Place,
): DecodedRecord {
  const { metadata } = decoded;
  const ids = 'requestId' in metadata ? requestIds(metadata, record) : eventIds(metadata, record);
  const consumed = {
    record: decoded,
    ...ids.own,
    type: metadata.type,
    key: keyOf(record),
    firstAppendMs: origin.firstAppendMs,
    attempt: origin.attempts + 1,
    via: origin.via,
    trace: {
      traceparent: record.headers[headerName.traceparent],
      originTraceparent: record.headers[headerName.originTraceparent],
    },
  };
  return {
    source: record,
    origin,
    // The type is one of the topic's as soon as a handler is found for it, and without one nobody looks at the record.
    consumed: consumed as unknown as Consumed,
    id: ids.id,
    deliveryId: ids.deliveryId,
    isKnownType: typeRank(topic, metadata.type) !== undefined,
    handler: handlers.find(topic, metadata.type),
  };
}

function topicOf({ topic }: Origin, handlers: HandlerTable): ConsumedTopic {
  if (isConsumedTopic(topic) && handlers.topics.includes(topic)) return topic;
  throw new TrunklineError('decode_failed', 'the record comes from a topic that this group does not read');
}

interface Ids extends Pick<DecodedRecord, 'id' | 'deliveryId'> {
  /** As the record's kind names it. */
  readonly own: { readonly eventId: RecordId } | { readonly requestId: RecordId };
}

/** What ends up in columns and settings is checked once, here: a record from elsewhere may say anything. */
function eventIds(metadata: Metadata, { headers }: IncomingRecord): Ids {
  assertHeadersMatch({ metadata }, headers);
  const { eventId, deliveryId } = metadata;
  if (!idPattern.test(metadata.tenantId)) throw unusable('tenantId');
  if (!idPattern.test(metadata.sourceId)) throw unusable('sourceId');
  // ASCII, so that comparing it as text and as bytes is the same everywhere.
  if (!/^[\x21-\x7e]{1,200}$/.test(metadata.entityVersion)) throw unusable('entityVersion');
  if (!isEventId(eventId)) throw unusable('eventId');
  if (!isDeliveryId(deliveryId)) throw unusable('deliveryId');
  return { own: { eventId }, id: eventId, deliveryId };
}

/** The same of a request. */
function requestIds(metadata: RequestMetadata, { headers }: IncomingRecord): Ids {
  assertRequestHeadersMatch({ metadata }, headers);
  const { requestId } = metadata;
  if (!idPattern.test(metadata.tenantId)) throw unusable('tenantId');
  if (!isEventId(metadata.causedBy)) throw unusable('causedBy');
  if (!isRequestId(requestId)) throw unusable('requestId');
  return { own: { requestId }, id: requestId, deliveryId: null };
}

function unusable(field: string): TrunklineError {
  return new TrunklineError('decode_failed', `metadata.${field} is not of its form`);
}
