import type { RowPlace } from '@trunkline/journal';
import type { IncomingRecord } from '@trunkline/kafka';

export function placeOf({ topic, partition, offset, timestampMs }: IncomingRecord): RowPlace {
  return { topic, partition, offset, appendedAtMs: timestampMs };
}

const traceparent = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The trace id of a W3C `traceparent`: 32 hex digits. */
export function traceIdOf(header: string | undefined): string | undefined {
  return header !== undefined && traceparent.test(header) ? header.slice(3, 35) : undefined;
}

/** A trace id of a record, where it is one. */
export function knownTraceId(text: string | null): string | undefined {
  return text !== null && /^[0-9a-f]{32}$/.test(text) ? text : undefined;
}
