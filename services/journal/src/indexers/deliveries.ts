import { idPattern, isDeliveryId } from '@trunkline/core';
import type { RecordOf, RecordViews } from '@trunkline/events';
import { type DeliveryRow, noTenant } from '@trunkline/journal';
import type { IncomingRecord } from '@trunkline/kafka';

import type { Indexer } from './indexer.ts';
import { knownTraceId, placeOf } from './place.ts';
import { indexerOf } from './read-part.ts';

const fields = [
  'deliveryId',
  'tenantId',
  'sourceId',
  'receivedAt',
  'verdict',
  'reason',
  'eventIds',
  'handshake',
  'answerStatus',
  'verifiedWith',
  'traceId',
] as const satisfies readonly (keyof RecordOf<'ingress.delivery.v1'>)[];

type Delivery = Pick<RecordOf<'ingress.delivery.v1'>, (typeof fields)[number]>;

/** What became of each request; its headers and body are passed over. */
export function deliveryIndexers(views: RecordViews): ReadonlyMap<string, Indexer> {
  return new Map([['ingress.delivery.v1', indexerOf(views.ofRecord('ingress.delivery.v1', fields), rowOf)]]);
}

function rowOf(delivery: Delivery, record: IncomingRecord): DeliveryRow | undefined {
  const { deliveryId, tenantId } = delivery;
  if (!isDeliveryId(deliveryId) || (tenantId !== null && !idPattern.test(tenantId))) return undefined;
  return {
    table: 'delivery',
    place: placeOf(record),
    deliveryId,
    tenantId: tenantId ?? noTenant,
    source: delivery.sourceId ?? undefined,
    verdict: delivery.verdict,
    reason: delivery.reason ?? undefined,
    handshake: delivery.handshake ?? undefined,
    events: delivery.eventIds.length,
    answerStatus: delivery.answerStatus ?? undefined,
    verifiedWith: delivery.verifiedWith ?? undefined,
    receivedAtMs: delivery.receivedAt,
    traceId: knownTraceId(delivery.traceId),
    bytes: record.sizeBytes,
  };
}
