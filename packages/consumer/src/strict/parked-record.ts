import type { ParkedEvent, WaitingEvent } from '@trunkline/postgres';

import type { Attempt } from '../batch/report.ts';
import { waitingHeaders } from '../failures/route.ts';
import type { ParkedAt, ParkedRecord } from './ordering.ts';

/** A record as its pump handed it over, to be parked: what there is to know of it stands in its headers then. */
export function parkedEvent(
  { source, origin }: Pick<Attempt, 'source' | 'origin'>,
  at: ParkedAt,
  group: string,
): ParkedEvent {
  const { key, value } = source;
  if (key === null) throw new TypeError('a record without a key is kept in no order');
  const { partition, offset, firstAppendMs } = origin;
  return { ...at, partition, offset, key, value, headers: waitingHeaders({ source, origin }, group), firstAppendMs };
}

/** The way back: as a pump would hand over its copy from a retry topic. */
export function parkedRecord(
  { partition, offset, key, value, headers, firstAppendMs, uuid }: WaitingEvent,
  of: { readonly keyId: string; readonly tenantId: string; readonly topic: string },
): ParkedRecord {
  return {
    topic: of.topic,
    partition,
    offset,
    timestampMs: firstAppendMs,
    key,
    value,
    headers,
    sizeBytes: key.length + value.length,
    parked: { keyId: of.keyId, uuid, tenantId: of.tenantId },
  };
}
