import { entityOf } from '@trunkline/consumer';
import { entityColumns, type EntityKey, entityParameters } from '@trunkline/postgres';

import type { BookingEvent } from './links.ts';

export function keyOf({ record }: BookingEvent): EntityKey {
  return entityOf(record.metadata);
}

/** The bookings of the first five parameters of a statement, to be joined to. */
export const keysSql = `unnest(${entityParameters(1)}) AS k (${entityColumns})`;
