import type { DeliveryId, EventId, RecordId, RequestId } from '@trunkline/core';
import type { LetterId } from '@trunkline/events';

/**
 * What an indexer makes of a record. Names (topics, types, sources, groups, codes) are text here and numbers in the
 * tables. Times are epoch milliseconds; an absent value is undefined.
 */

/** Where a record stands. One row is one record, so this is what tells rows apart. */
export interface RowPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly appendedAtMs: number;
}

/** Of a record that names no tenant. No transaction can name this one, so only who sees all tenants sees the row. */
export const noTenant = '-';

/** One copy on a retry, dead-letter or redrive topic of a group. */
export interface StepRow {
  readonly table: 'step';
  readonly place: RowPlace;
  readonly group: string;
  readonly kind: 'retry' | 'dead' | 'redrive';
  readonly letterId: LetterId;
  readonly recordId: RecordId | undefined;
  readonly tenantId: string;
  readonly source: string | undefined;
  readonly type: string | undefined;
  readonly recordKey: string | undefined;
  /** Where the record was first appended. */
  readonly original: { readonly topic: string; readonly partition: number; readonly offset: bigint };
  readonly originalAtMs: number | undefined;
  readonly firstFailureAtMs: number | undefined;
  /** Of a retry: when it is tried again. */
  readonly dueAtMs: number | undefined;
  /** Finished runs since the last redrive, and ever. */
  readonly attempt: number;
  readonly attemptsTotal: number;
  readonly redrives: number;
  readonly redriveId: string | undefined;
  readonly code: string | undefined;
  readonly failureKind: string | undefined;
  readonly exceptionClass: string | undefined;
  readonly message: string | undefined;
  readonly stack: string | undefined;
  /** The registry's id of the schema it was written with, as its bytes say. */
  readonly schemaId: number | undefined;
  /** 32 hex digits. */
  readonly traceId: string | undefined;
  readonly bytes: number;
}

/** One event on its topic. */
export interface EventRow {
  readonly table: 'event';
  readonly place: RowPlace;
  readonly eventId: RecordId;
  readonly deliveryId: DeliveryId;
  readonly traceId: string | undefined;
  /** See `keyHash`. */
  readonly keyHash: bigint;
  readonly tenantId: string;
  readonly source: string;
  readonly type: string;
  readonly correction: number;
  /** `<kind>/<id>`; where the id may be personal, its digest. */
  readonly entity: string;
  readonly providerEventId: string | undefined;
  readonly occurredAtMs: number;
  readonly receivedAtMs: number;
  readonly bytes: number;
}

/** One delivery. It has a row of its own unless it became exactly one event: then that row names it. */
export interface DeliveryRow {
  readonly table: 'delivery';
  readonly place: RowPlace;
  readonly deliveryId: DeliveryId;
  readonly tenantId: string;
  readonly source: string | undefined;
  readonly verdict: string;
  readonly reason: string | undefined;
  readonly handshake: string | undefined;
  readonly events: number;
  readonly answerStatus: number | undefined;
  /** The name of the secret that verified it. */
  readonly verifiedWith: string | undefined;
  readonly receivedAtMs: number;
  readonly traceId: string | undefined;
  readonly bytes: number;
}

/** One refused request that has a record. */
export interface RejectionRow {
  readonly table: 'rejection';
  readonly place: RowPlace;
  readonly deliveryId: DeliveryId;
  readonly tenantId: string;
  readonly source: string | undefined;
  readonly step: string;
  readonly code: string;
  readonly detail: string | undefined;
  readonly answerStatus: number | undefined;
  readonly bodyBytes: number | undefined;
  readonly suppressedBefore: number;
  readonly receivedAtMs: number;
  readonly traceId: string | undefined;
  readonly bytes: number;
}

/** One request on its topic. */
export interface RequestRow {
  readonly table: 'request';
  readonly place: RowPlace;
  readonly requestId: RequestId;
  /** The event that everything began with. */
  readonly causedBy: EventId | undefined;
  readonly tenantId: string;
  readonly type: string;
  /** It tells whoever runs the installation something (docs/records.md, "Alerts"). */
  readonly isAlert: boolean;
  readonly requestedAtMs: number;
  readonly bytes: number;
}

/** A record that no row can be made of: it counts, and its offset is passed. */
export interface UnreadableRow {
  readonly table: 'unreadable';
  readonly place: RowPlace;
  readonly bytes: number;
}

export type JournalRow = StepRow | EventRow | DeliveryRow | RejectionRow | RequestRow | UnreadableRow;
