import { type Database, identifier } from '@trunkline/postgres';

export type Row = Readonly<Record<string, unknown>>;

/** A table or a view of rows that belong to tenants. */
export interface TenantTable {
  readonly name: string;
  readonly isView: boolean;
}

/** The tables and views of the service's schema whose rows belong to tenants. */
export async function tablesOf(database: Database, signal: AbortSignal): Promise<readonly TenantTable[]> {
  return await database.transaction([], (tx) => tx.query<TenantTable>(tablesSql, [tx.schema]), { signal });
}

/** Rows of one tenant; of a table the latest written first, as far as Postgres can tell. */
export async function readTable(
  database: Database,
  { table, tenant, limit }: { readonly table: TenantTable; readonly tenant: string; readonly limit: number },
  signal: AbortSignal,
): Promise<readonly Row[]> {
  // The rows of a view stand nowhere.
  const order = table.isView ? '' : 'ORDER BY ctid DESC';
  return await database.transaction(
    [tenant],
    (tx) => tx.query<Row>(`SELECT * FROM ${tx.schema}.${identifier(table.name)} ${order} LIMIT $1`, [limit]),
    { signal },
  );
}

const tablesSql = `
SELECT t.table_name AS name, t.table_type = 'VIEW' AS "isView"
FROM information_schema.tables t JOIN information_schema.columns c USING (table_schema, table_name)
WHERE table_schema = $1 AND c.column_name = 'tenant_id' AND table_name <> 'inbox' ORDER BY table_name`;
