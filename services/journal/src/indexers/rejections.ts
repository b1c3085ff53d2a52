import { idPattern, isDeliveryId } from '@trunkline/core';
import type { RecordOf, RecordViews } from '@trunkline/events';
import { noTenant, type RejectionRow } from '@trunkline/journal';
import type { IncomingRecord } from '@trunkline/kafka';

import type { Indexer } from './indexer.ts';
import { knownTraceId, placeOf } from './place.ts';
import { indexerOf } from './read-part.ts';

const fields = [
  'deliveryId',
  'tenantId',
  'sourceId',
  'receivedAt',
  'step',
  'code',
  'detail',
  'bodyBytes',
  'answerStatus',
  'suppressedBefore',
  'traceId',
] as const satisfies readonly (keyof RecordOf<'ingress.rejection.v1'>)[];

type Rejection = Pick<RecordOf<'ingress.rejection.v1'>, (typeof fields)[number]>;

/** What was refused, and why. */
export function rejectionIndexers(views: RecordViews): ReadonlyMap<string, Indexer> {
  return new Map([['ingress.rejection.v1', indexerOf(views.ofRecord('ingress.rejection.v1', fields), rowOf)]]);
}

function rowOf(rejection: Rejection, record: IncomingRecord): RejectionRow | undefined {
  const { deliveryId, tenantId } = rejection;
  if (!isDeliveryId(deliveryId) || (tenantId !== null && !idPattern.test(tenantId))) return undefined;
  return {
    table: 'rejection',
    place: placeOf(record),
    deliveryId,
    tenantId: tenantId ?? noTenant,
    source: rejection.sourceId ?? undefined,
    step: rejection.step,
    code: rejection.code,
    detail: rejection.detail ?? undefined,
    answerStatus: rejection.answerStatus ?? undefined,
    bodyBytes: rejection.bodyBytes ?? undefined,
    suppressedBefore: rejection.suppressedBefore ?? 0,
    receivedAtMs: rejection.receivedAt,
    traceId: knownTraceId(rejection.traceId),
    bytes: record.sizeBytes,
  };
}
