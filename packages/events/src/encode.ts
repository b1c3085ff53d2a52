import type { DomainTopic, IngressTopic, RecordOf } from './catalogue.ts';
import type { EventCodec } from './codec.ts';
import { cloudEventHeaders, dataSchemaOf, eventContentType, headerName } from './headers.ts';
import { recordKey } from './key.ts';
import type { EncodedRecord } from './ports.ts';
import type { SealedEvent } from './seal.ts';

/** W3C trace context of the request, as text. */
export interface TraceHeaders {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** The record of an event, ready for Kafka. Throws `payload_malformed` naming the field that does not fit the schema. */
export function encodeEvent<T extends DomainTopic>(
  codec: Pick<EventCodec, 'encode'>,
  sealed: SealedEvent<T>,
  trace: TraceHeaders,
): EncodedRecord {
  return {
    topic: sealed.topic,
    key: Buffer.from(sealed.key, 'utf8'),
    value: codec.encode(sealed.topic, sealed.record),
    headers: { ...cloudEventHeaders(sealed), ...firstPublish(trace) },
  };
}

/** What is published about one HTTP request. */
export interface IngressEntry<T extends IngressTopic = IngressTopic> {
  readonly topic: T;
  readonly record: RecordOf<T>;
}

/**
 * The record of a delivery or a rejection. It is no event, so it has no CloudEvents id or type; it carries the schema
 * it was written with and its trace. Key: tenant and deliveryId, the deliveryId alone where no tenant is known.
 */
export function encodeIngress<T extends IngressTopic>(
  codec: Pick<EventCodec, 'encode'>,
  entry: IngressEntry<T>,
  trace: TraceHeaders,
): EncodedRecord {
  const { tenantId, deliveryId } = entry.record;
  return {
    topic: entry.topic,
    key: Buffer.from(recordKey(tenantId === null ? [deliveryId] : [tenantId, deliveryId]), 'utf8'),
    value: codec.encode(entry.topic, entry.record),
    headers: {
      [headerName.dataSchema]: dataSchemaOf(entry.topic),
      [headerName.contentType]: eventContentType,
      ...firstPublish(trace),
    },
  };
}

function firstPublish(trace: TraceHeaders): Record<string, string> {
  if (trace.traceparent === undefined) return {};
  return {
    [headerName.traceparent]: trace.traceparent,
    [headerName.originTraceparent]: trace.traceparent,
    ...(trace.tracestate === undefined ? {} : { [headerName.tracestate]: trace.tracestate }),
  };
}
