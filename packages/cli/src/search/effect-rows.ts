import { type RecordId, uuidOf } from '@trunkline/core';
import type { Metadata } from '@trunkline/events';
import type { Database } from '@trunkline/postgres';

/** Rows of one table of a group that are about an event. */
export interface EffectRows {
  readonly table: string;
  readonly rows: number;
}

/**
 * Where the effect of an event is: the rows about its entity, and those that name the event itself (postings, notices).
 * Tables are found by their columns, so a service that has one more is shown with it.
 */
export async function readEffectRows(
  database: Database,
  { eventId, metadata }: { readonly eventId: RecordId; readonly metadata: Metadata },
  signal: AbortSignal,
): Promise<readonly EffectRows[]> {
  const { tenantId, provider, account, entityKind, entityId } = metadata;
  const key = [tenantId, provider, account, entityKind, entityId, uuidOf(eventId)];
  return await database.transaction(
    [tenantId],
    async (tx) => {
      const tables = await tx.query<TableRow>(tablesSql, [tx.schema]);
      if (tables.length === 0) return [];
      const counted = await tx.query<EffectRows>(countSql(tables), key);
      return counted.filter(({ rows }) => rows > 0);
    },
    { signal },
  );
}

interface TableRow {
  /** As a literal and as an identifier, quoted by Postgres. */
  readonly literal: string;
  readonly name: string;
  readonly has_entity: boolean;
}

const tablesSql = `
SELECT quote_literal(c.relname) AS literal, format('%I.%I', n.nspname, c.relname) AS name,
  count(*) FILTER (WHERE a.attname IN ('tenant_id', 'provider', 'account', 'kind', 'entity_id')) = 5 AS has_entity
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname NOT IN ('inbox', 'outbox')
GROUP BY n.nspname, c.relname
HAVING count(*) FILTER (WHERE a.attname IN ('tenant_id', 'provider', 'account', 'kind', 'entity_id')) = 5
  OR bool_or(a.attname = 'event_id')
ORDER BY c.relname`;

/** Both forms use all parameters, whose types Postgres could not tell otherwise. */
function countSql(tables: readonly TableRow[]): string {
  const counts = tables.map(
    ({ literal, name, has_entity: hasEntity }) =>
      `SELECT ${literal} AS table, count(*)::int AS rows FROM asked JOIN ${name} AS t ON ${
        hasEntity
          ? '(t.tenant_id, t.provider, t.account, t.kind, t.entity_id) = (asked.tenant_id, asked.provider, asked.account, asked.kind, asked.entity_id)'
          : '(t.tenant_id, t.event_id) = (asked.tenant_id, asked.event_id)'
      }`,
  );
  return `WITH asked AS (
  SELECT $1::text AS tenant_id, $2::text AS provider, $3::text AS account, $4::text AS kind, $5::text AS entity_id,
    $6::uuid AS event_id
)
${counts.join('\nUNION ALL\n')}`;
}
