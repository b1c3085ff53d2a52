import { type DeliveryId, idPattern, isDeliveryId, isEventId, TrunklineError } from '@trunkline/core';
import {
  assertHeadersMatch,
  type DomainTopic,
  type EventCodec,
  isDomainTopic,
  type RecordOf,
  typeRank,
} from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';

import type { ConsumedEvent, HandlerTable, RegisteredHandler, Via } from '../handler.ts';
import { type Origin, originOf } from './origin.ts';

/** A record with everything a run needs to know. */
export interface DecodedRecord {
  readonly source: IncomingRecord;
  readonly origin: Origin;
  readonly event: ConsumedEvent;
  readonly deliveryId: DeliveryId;
  /** False: a newer release published it, this one cannot tell whether a handler would want it. */
  readonly isKnownType: boolean;
  /** Undefined: no handler of this group wants the type. */
  readonly handler: RegisteredHandler | undefined;
}

/**
 * Bytes to a checked event. Throws `decode_failed` or `schema_unknown` (the record is bad) or `dependency_unavailable`
 * (the registry cannot be asked, which says nothing about the record).
 */
export async function decodeRecord(
  codec: EventCodec,
  handlers: HandlerTable,
  { record, via }: { readonly record: IncomingRecord; readonly via: Via },
): Promise<DecodedRecord> {
  const origin = originOf(record, via);
  const topic = topicOf(origin, handlers);
  const decoded = codec.decodeNow(topic, record.value) ?? (await codec.decode(topic, record.value));
  assertHeadersMatch(decoded, record.headers);
  const { eventId, deliveryId, type } = decoded.metadata;
  assertUsable(decoded);
  if (!isEventId(eventId)) throw unusable('eventId');
  if (!isDeliveryId(deliveryId)) throw unusable('deliveryId');
  const event = {
    record: decoded,
    eventId,
    type,
    firstAppendMs: origin.firstAppendMs,
    attempt: origin.attempts + 1,
    via,
  };
  return {
    source: record,
    origin,
    // The type is one of the topic's as soon as a handler is found for it, and without one nobody looks at the event.
    event: event as ConsumedEvent,
    deliveryId,
    isKnownType: typeRank(topic, type) !== undefined,
    handler: handlers.find(topic, type),
  };
}

function topicOf({ topic }: Origin, handlers: HandlerTable): DomainTopic {
  if (!isDomainTopic(topic) || !handlers.topics.includes(topic)) {
    throw new TrunklineError('decode_failed', 'the record comes from a topic that this group does not read');
  }
  return topic;
}

/** What ends up in columns and settings is checked once, here: a record from elsewhere may say anything. */
function assertUsable({ metadata }: RecordOf<DomainTopic>): void {
  if (!idPattern.test(metadata.tenantId)) throw unusable('tenantId');
  if (!idPattern.test(metadata.sourceId)) throw unusable('sourceId');
  // ASCII, so that comparing it as text and as bytes is the same everywhere.
  if (!/^[\x21-\x7e]{1,200}$/.test(metadata.entityVersion)) throw unusable('entityVersion');
}

function unusable(field: string): TrunklineError {
  return new TrunklineError('decode_failed', `metadata.${field} is not of its form`);
}
