import type { Digest } from '@trunkline/addresses';
import { idPattern, isDeliveryId, isEventId } from '@trunkline/core';
import { headerName, type Metadata, type RecordViews, topicEntry, topics } from '@trunkline/events';
import { type EventRow, keyHash } from '@trunkline/journal';
import type { IncomingRecord } from '@trunkline/kafka';

import type { Indexer } from './indexer.ts';
import { placeOf, traceIdOf } from './place.ts';
import { indexerOf } from './read-part.ts';

const fields = [
  'eventId',
  'type',
  'tenantId',
  'sourceId',
  'entityKind',
  'entityId',
  'providerEventId',
  'occurredAt',
  'receivedAt',
  'deliveryId',
  'correction',
] as const satisfies readonly (keyof Metadata)[];

type Envelope = Pick<Metadata, (typeof fields)[number]>;

/** What an event's row takes from its headers; those of deliveries and rejections take nothing. */
export const headersOfEvents: ReadonlySet<string> = new Set([headerName.originTraceparent]);

/** The topics of events, by their envelopes: what stands behind those is nobody's business here. */
export function eventIndexers(views: RecordViews, digest: Digest): ReadonlyMap<string, Indexer> {
  const indexer = indexerOf(views.ofMetadata(fields), (envelope, record) => rowOf(envelope, record, digest));
  const eventTopics = topics.filter((topic) => ['domain', 'integration'].includes(topicEntry(topic).kind));
  return new Map(eventTopics.map((topic) => [topic, indexer]));
}

function rowOf(envelope: Envelope, record: IncomingRecord, digest: Digest): EventRow | undefined {
  const { eventId, deliveryId, tenantId } = envelope;
  if (!isEventId(eventId) || !isDeliveryId(deliveryId) || !idPattern.test(tenantId)) return undefined;
  return {
    table: 'event',
    place: placeOf(record),
    eventId,
    deliveryId,
    traceId: traceIdOf(record.headers[headerName.originTraceparent]),
    keyHash: keyHash(record.key ?? Buffer.alloc(0)),
    tenantId,
    source: envelope.sourceId,
    type: envelope.type,
    correction: envelope.correction,
    entity: `${envelope.entityKind}/${impersonal(envelope.entityId, tenantId, digest)}`,
    providerEventId:
      envelope.providerEventId === null ? undefined : impersonal(envelope.providerEventId, tenantId, digest),
    occurredAtMs: envelope.occurredAt,
    receivedAtMs: envelope.receivedAt,
    bytes: record.sizeBytes,
  };
}

/** A mail address or a telephone number in the place of an id: some providers know their users by one. */
const address = /@|^\+\d{6,15}$/;

function impersonal(id: string, tenantId: string, digest: Digest): string {
  return address.test(id) ? digest(tenantId, id).toString('hex') : id;
}
