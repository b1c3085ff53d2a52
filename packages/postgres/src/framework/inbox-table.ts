import { identifier } from '../identifiers.ts';

/**
 * The inbox of a service (docs/records.md, "The inbox"), the first of the framework's migrations.
 *
 * Not partitioned by time: uniqueness would end at a partition's edge. About 250 bytes a row with its two indexes:
 * 45 d × 86,400 s × 10 events/s = 38.9 M rows, some 9.7 GB.
 */
export function inboxTableSql(schema: string): string {
  return `CREATE TABLE ${identifier(schema)}.inbox (
  event_id           uuid PRIMARY KEY,
  tenant_id          text NOT NULL,
  outcome            text NOT NULL CHECK (outcome IN ('applied', 'stale')),
  original_topic     text NOT NULL,
  original_partition integer NOT NULL,
  original_offset    bigint NOT NULL,
  via                text NOT NULL CHECK (via IN ('main', 'retry', 'redrive')),
  attempt            integer NOT NULL,
  redrive_count      integer NOT NULL,
  trace_id           text,
  delivery_id        uuid NOT NULL,
  processed_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_processed_at ON ${identifier(schema)}.inbox (processed_at);
`;
}

/** A request has no delivery: what caused it may have none either (an alert, a timer). */
export function inboxOfRequestsSql(schema: string): string {
  return `ALTER TABLE ${identifier(schema)}.inbox ALTER COLUMN delivery_id DROP NOT NULL`;
}
