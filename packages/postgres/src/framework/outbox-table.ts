import { identifier } from '../identifiers.ts';

/** Rows of one key are all in one shard, and one relay at a time works on a shard: so they are published in order. */
export const outboxShards = 16;

/**
 * What a service wants published, written in the transaction of the effect that asks for it, and deleted when the broker
 * has taken it. The relay reads a shard tenant by tenant, which is what the index is for.
 *
 * Every row is deleted soon: without the vacuum's own thresholds a fast outbox would be scanned past millions of dead ones.
 */
export function outboxTableSql(schema: string): string {
  const name = identifier(schema);
  return `CREATE TABLE ${name}.outbox (
  id         bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  shard      smallint NOT NULL CHECK (shard BETWEEN 0 AND ${outboxShards - 1}),
  -- A request's id or an event's: what readers know the record by.
  record_id  uuid PRIMARY KEY,
  tenant_id  text NOT NULL,
  topic      text NOT NULL,
  key        bytea NOT NULL CHECK (octet_length(key) > 0),
  value      bytea NOT NULL,
  headers    jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);
CREATE UNIQUE INDEX outbox_turn ON ${name}.outbox (shard, tenant_id, id);
`;
}

/** Headers are read as they were written, and by nobody but the relay: no need to take them apart and to put them together. */
export function outboxHeadersAsTextSql(schema: string): string {
  return `ALTER TABLE ${identifier(schema)}.outbox ALTER COLUMN headers TYPE json USING headers::json`;
}
