import type { DomainTopic, IngressTopic, RecordOf, RequestTopic, Topic } from './catalogue.ts';
import type { EventCodec } from './codec.ts';
import { cloudEventHeaders, dataSchemaOf, eventContentType, headerName, requestHeaders } from './headers.ts';
import { recordKey } from './key.ts';
import type { EncodedRecord } from './ports.ts';
import type { SealedRequest } from './request.ts';
import type { SealedEvent } from './seal.ts';

/** W3C trace context of the request, as text. */
export interface TraceHeaders {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /** Of the first publish it goes back to, where that is another one. */
  readonly originTraceparent?: string | undefined;
}

/** The record of an event, ready for Kafka. Throws `payload_malformed` naming the field that does not fit the schema. */
export function encodeEvent<T extends DomainTopic>(
  codec: Pick<EventCodec, 'encode'>,
  sealed: SealedEvent<T>,
  trace: TraceHeaders,
): EncodedRecord {
  return encode(codec, sealed, { ...cloudEventHeaders(sealed), ...firstPublish(trace) });
}

/** The same of a request. */
export function encodeRequest<T extends RequestTopic>(
  codec: Pick<EventCodec, 'encode'>,
  sealed: SealedRequest<T>,
  trace: TraceHeaders,
): EncodedRecord {
  return encode(codec, sealed, { ...requestHeaders(sealed), ...firstPublish(trace) });
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
  const key = recordKey(tenantId === null ? [deliveryId] : [tenantId, deliveryId]);
  return encode(
    codec,
    { ...entry, key },
    {
      [headerName.dataSchema]: dataSchemaOf(entry.topic),
      [headerName.contentType]: eventContentType,
      ...firstPublish(trace),
    },
  );
}

interface Keyed<T extends Topic> {
  readonly topic: T;
  readonly key: string;
  readonly record: RecordOf<T>;
}

function encode<T extends Topic>(
  codec: Pick<EventCodec, 'encode'>,
  { topic, key, record }: Keyed<T>,
  headers: Readonly<Record<string, string>>,
): EncodedRecord {
  return { topic, key: Buffer.from(key, 'utf8'), value: codec.encode(topic, record), headers };
}

function firstPublish(trace: TraceHeaders): Record<string, string> {
  if (trace.traceparent === undefined) return {};
  return {
    [headerName.traceparent]: trace.traceparent,
    [headerName.originTraceparent]: trace.originTraceparent ?? trace.traceparent,
    ...(trace.tracestate === undefined ? {} : { [headerName.tracestate]: trace.tracestate }),
  };
}
