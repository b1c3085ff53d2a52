import { type DeliveryId, uuidOf } from '@trunkline/core';
import type { Database } from '@trunkline/postgres';

import { inScope, type TenantScope } from './scope.ts';

/** Where a delivery or a rejection is on Kafka. */
export interface DeliveryPlace {
  readonly topic: 'ingress.delivery.v1' | 'ingress.rejection.v1';
  readonly partition: number;
  readonly offset: bigint;
}

/**
 * The records of a delivery that have a row, newest first: not of one that became exactly one event and nothing else,
 * which `searchEvents` finds by the delivery's id.
 */
export async function findDeliveryPlaces(
  database: Database,
  question: { readonly scope: TenantScope; readonly deliveryId: DeliveryId; readonly signal?: AbortSignal },
): Promise<readonly DeliveryPlace[]> {
  const rows = await inScope(
    database,
    question.scope,
    (tx) => tx.query<PlaceColumns>(placesSql, [uuidOf(question.deliveryId)]),
    question.signal,
  );
  return rows.map(({ topic, part, off }) => ({ topic, partition: part, offset: BigInt(off) }));
}

interface PlaceColumns {
  readonly topic: DeliveryPlace['topic'];
  readonly part: number;
  readonly off: string;
}

const placesSql = `
SELECT 'ingress.delivery.v1' AS topic, part, off::text, appended_at FROM journal.delivery WHERE delivery_id = $1
UNION ALL
SELECT 'ingress.rejection.v1', part, off::text, appended_at FROM journal.rejection WHERE delivery_id = $1
ORDER BY appended_at DESC LIMIT 10`;
