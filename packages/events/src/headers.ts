import { TrunklineError } from '@trunkline/core';

import { type DomainTopic, type RequestTopic, type Topic, topicEntry } from './catalogue.ts';
import type { Metadata, RequestMetadata } from './generated/records.ts';
import { releasedNumbers } from './generated/schemas.ts';
import type { SealedRequest } from './request.ts';
import type { SealedEvent } from './seal.ts';

/** Every header Trunkline puts on a record. CloudEvents 1.0, Kafka binding, binary mode; values are UTF-8 text. */
export const headerName = {
  specVersion: 'ce_specversion',
  id: 'ce_id',
  source: 'ce_source',
  type: 'ce_type',
  time: 'ce_time',
  subject: 'ce_subject',
  dataSchema: 'ce_dataschema',
  partitionKey: 'ce_partitionkey',
  contentType: 'content-type',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  /** The trace of the first publish; never replaced, so that every later copy leads back to the request. */
  originTraceparent: 'x-origin-traceparent',

  /** Where the record was first appended: set once, kept by every copy. */
  originalTopic: 'x-original-topic',
  originalPartition: 'x-original-partition',
  originalOffset: 'x-original-offset',
  originalTimestamp: 'x-original-timestamp',
  originalConsumerGroup: 'x-original-consumer-group',

  /** Finished runs since the last redrive; absent means 0. */
  retryAttempt: 'x-retry-attempt',
  /** Epoch milliseconds. */
  retryDueAt: 'x-retry-due-at',
  firstFailureAt: 'x-first-failure-at',
  /** Finished runs ever; a redrive does not reset it. */
  attemptsTotal: 'x-attempts-total',

  exceptionClass: 'x-exception-class',
  exceptionMessage: 'x-exception-message',
  exceptionCode: 'x-exception-code',
  exceptionStacktrace: 'x-exception-stacktrace',
  /** transient, permanent, poison or exhausted. */
  failureKind: 'x-failure-kind',

  redriveAt: 'x-redrive-at',
  redriveId: 'x-redrive-id',
  redriveCount: 'x-redrive-count',
  /** Who sent it back: the user of the operating system, or TRUNKLINE_ACTOR. */
  redriveBy: 'x-redrive-by',
  /** `true` when it was sent back although it is older than the inbox remembers. */
  redriveForced: 'x-redrive-forced',
} as const;

/** What the consumer group of a subscriber may be called. */
const groupPattern = /^[A-Za-z0-9._-]{1,249}$/;

export const eventContentType = 'application/avro';

/** Headers as a consumer sees them: text, or the bytes of text. */
export type RecordHeaders = Readonly<Record<string, string | Uint8Array | undefined>>;

/** The CloudEvents headers of an event. They are copies: the record decides. */
export function cloudEventHeaders<T extends DomainTopic>(sealed: SealedEvent<T>): Record<string, string> {
  const { metadata } = sealed.record;
  return {
    [headerName.specVersion]: '1.0',
    [headerName.id]: metadata.eventId,
    [headerName.source]: sourceUri(metadata),
    [headerName.type]: metadata.type,
    [headerName.time]: new Date(metadata.occurredAt).toISOString(),
    [headerName.subject]: sealed.subject,
    [headerName.dataSchema]: dataSchemaOf(sealed.topic),
    [headerName.partitionKey]: sealed.key,
    [headerName.contentType]: eventContentType,
  };
}

/** The CloudEvents headers of a request: its source is who asks, and it has no subject. */
export function requestHeaders<T extends RequestTopic>(sealed: SealedRequest<T>): Record<string, string> {
  const metadata: RequestMetadata = sealed.record.metadata;
  return {
    [headerName.specVersion]: '1.0',
    [headerName.id]: metadata.requestId,
    [headerName.source]: `${groupsUri(metadata)}${sealed.group}`,
    [headerName.type]: metadata.type,
    [headerName.time]: new Date(metadata.requestedAt).toISOString(),
    [headerName.dataSchema]: dataSchemaOf(sealed.topic),
    [headerName.partitionKey]: sealed.key,
    [headerName.contentType]: eventContentType,
  };
}

/** `urn:trunkline:schema:<subject>:<released number>` of the schema this build writes the topic with. */
export function dataSchemaOf(topic: Topic): string {
  return `urn:trunkline:schema:${topicEntry(topic).subject}:${releasedNumbers[topic]}`;
}

/** What events and requests say alike. */
export interface CloudEventHeaders {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly dataSchema: string;
  readonly partitionKey: string;
}

/** The CloudEvents headers of a record, for routing. Throws `decode_failed` naming the header that is missing. */
export function readCloudEventHeaders(headers: RecordHeaders): CloudEventHeaders {
  const specVersion = required(headers, headerName.specVersion);
  if (specVersion !== '1.0')
    throw new TrunklineError('decode_failed', `the header ${headerName.specVersion} is not 1.0`);
  return {
    id: required(headers, headerName.id),
    source: required(headers, headerName.source),
    type: required(headers, headerName.type),
    time: required(headers, headerName.time),
    dataSchema: required(headers, headerName.dataSchema),
    partitionKey: required(headers, headerName.partitionKey),
  };
}

/**
 * Proves that the headers a record was routed by say what the record says. Throws `decode_failed` naming the header.
 * Not compared: ce_partitionkey, which cannot be computed from a record, and ce_dataschema, which names the writer's schema.
 */
export function assertHeadersMatch(record: { readonly metadata: Metadata }, headers: RecordHeaders): void {
  const { metadata } = record;
  const found = readCloudEventHeaders(headers);
  if (found.id !== metadata.eventId) throw differs(headerName.id);
  if (found.type !== metadata.type) throw differs(headerName.type);
  if (found.source !== sourceUri(metadata)) throw differs(headerName.source);
  const subject = required(headers, headerName.subject);
  if (subject !== `${metadata.entityKind}/${metadata.entityId}`) throw differs(headerName.subject);
  if (Date.parse(found.time) !== metadata.occurredAt) throw differs(headerName.time);
}

/** The same of a request. Who asks stands in the header alone: of that the form and the tenant are proved. */
export function assertRequestHeadersMatch(
  record: { readonly metadata: RequestMetadata },
  headers: RecordHeaders,
): void {
  const { metadata } = record;
  const found = readCloudEventHeaders(headers);
  if (found.id !== metadata.requestId) throw differs(headerName.id);
  if (found.type !== metadata.type) throw differs(headerName.type);
  if (!isGroupOf(metadata, found.source)) throw differs(headerName.source);
  if (headerText(headers, headerName.subject) !== undefined) throw differs(headerName.subject);
  if (Date.parse(found.time) !== metadata.requestedAt) throw differs(headerName.time);
}

/** Header text, whether the client hands over text or bytes; undefined when it is absent. */
export function headerText(headers: RecordHeaders, name: string): string | undefined {
  const value = headers[name];
  if (value === undefined || typeof value === 'string') return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}

function sourceUri(metadata: Metadata): string {
  return `/tenants/${metadata.tenantId}/sources/${metadata.sourceId}`;
}

function groupsUri({ tenantId }: Pick<RequestMetadata, 'tenantId'>): string {
  return `/tenants/${tenantId}/groups/`;
}

function isGroupOf(metadata: RequestMetadata, source: string): boolean {
  const uri = groupsUri(metadata);
  return source.startsWith(uri) && groupPattern.test(source.slice(uri.length));
}

function required(headers: RecordHeaders, name: string): string {
  const text = headerText(headers, name);
  if (text === undefined || text === '') throw new TrunklineError('decode_failed', `the header ${name} is missing`);
  return text;
}

function differs(name: string): TrunklineError {
  return new TrunklineError('decode_failed', `the header ${name} differs from the record`);
}
