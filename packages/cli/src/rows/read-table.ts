import { type Database, identifier } from '@trunkline/postgres';

export type Row = Readonly<Record<string, unknown>>;

/** The tables of the service's schema that belong to tenants. */
export async function tablesOf(database: Database, signal: AbortSignal): Promise<readonly string[]> {
  const rows = await database.transaction(
    [],
    (tx) => tx.query<{ readonly table_name: string }>(tablesSql, [tx.schema]),
    { signal },
  );
  return rows.map((row) => row.table_name);
}

/** Rows of one tenant, the latest written first, as far as Postgres can tell. */
export async function readTable(
  database: Database,
  { table, tenant, limit }: { readonly table: string; readonly tenant: string; readonly limit: number },
  signal: AbortSignal,
): Promise<readonly Row[]> {
  return await database.transaction(
    [tenant],
    (tx) => tx.query<Row>(`SELECT * FROM ${tx.schema}.${identifier(table)} ORDER BY ctid DESC LIMIT $1`, [limit]),
    { signal },
  );
}

const tablesSql = `
SELECT table_name FROM information_schema.columns
WHERE table_schema = $1 AND column_name = 'tenant_id' AND table_name <> 'inbox' ORDER BY table_name`;
