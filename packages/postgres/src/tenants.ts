import { idPattern, TrunklineError } from '@trunkline/core';

/**
 * Tenancy inside Postgres. A transaction names its tenants in the setting `trunkline.tenants`; the
 * policy of every tenant-owned table shows it their rows and no others. No name means no rows.
 *
 * It guards against our own bugs, not against SQL injection: whoever can run SQL can set the setting.
 */

/** Named inside the transaction, so that it ends with it; the session-wide form is forbidden. */
export const nameTenantsSql = `SELECT set_config('trunkline.tenants', $1, true)`;

/**
 * `nullif`: on a reused connection the setting is the empty text, not null, and would read as one tenant named "".
 * The inner SELECT makes the planner evaluate it once per statement, not once per row.
 */
export const tenantPolicyExpression = `tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('trunkline.tenants', true), ''), ','))::text[])`;

export interface RowSecurityExemption {
  /** `schema.table`; `*.table` for the table of that name which the framework makes in every service's schema. */
  readonly table: string;
  readonly reason: string;
}

/** The tables of services' schemas without row-level security. */
export const rowSecurityExemptions: readonly RowSecurityExemption[] = [
  {
    table: '*.inbox',
    reason: 'keyed by event id; read and written by the framework before it knows whose the events are',
  },
];

/** The exempt tables of a schema, as `schema.table`. */
export function exemptTablesOf(schema: string): readonly string[] {
  return rowSecurityExemptions.flatMap(({ table }) => {
    const [owner, name] = table.split('.');
    return owner === '*' || owner === schema ? [`${schema}.${name}`] : [];
  });
}

/** The value of the setting. The list is comma-joined, so an id that could hold a comma is refused. */
export function tenantSetting(tenants: readonly string[]): string {
  const distinct = [...new Set(tenants)];
  const bad = distinct.find((tenant) => !idPattern.test(tenant));
  if (bad !== undefined) {
    throw new TrunklineError('decode_failed', `a tenant id is not of the form ${String(idPattern)}`);
  }
  return distinct.join(',');
}

/**
 * Installs `trunkline.isolate_tenants(table)`, which a migration calls once for each tenant-owned table it creates, so
 * that the policy has one text. FORCE holds the owner to it too.
 */
export const isolateTenantsFunctionSql = `
CREATE OR REPLACE FUNCTION trunkline.isolate_tenants(target regclass) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format($policy$CREATE POLICY tenants ON %s USING (${tenantPolicyExpression})$policy$, target);
END
$body$;

-- Shows how Postgres itself writes our policy down, which is what the policies of all tables are compared with.
CREATE TABLE IF NOT EXISTS trunkline.isolated_table (tenant_id text NOT NULL);
DROP POLICY IF EXISTS tenants ON trunkline.isolated_table;
SELECT trunkline.isolate_tenants('trunkline.isolated_table')`;

/**
 * What of a schema ($1) a tenant could see another tenant's rows through: a table without FORCE row-level security or
 * without exactly our one policy; a view or function that runs with its owner's rights; a materialized view or foreign
 * table. $2 text[] are the exempt tables, as `schema.table`.
 */
export const unisolatedRelationsSql = `
SELECT n.nspname AS schema, c.relname AS name
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT coalesce(count(*) = 1 AND bool_and(p.polcmd = '*' AND p.polpermissive AND p.polroles = '{0}'
    AND pg_get_expr(p.polqual, p.polrelid) = pg_get_expr(ours.polqual, ours.polrelid)
    -- None: what may be seen may be written.
    AND p.polwithcheck IS NULL), false) AS good
  FROM pg_policy p, pg_policy ours
  WHERE p.polrelid = c.oid AND ours.polrelid = 'trunkline.isolated_table'::regclass
) policies
WHERE n.nspname = $1 AND NOT format('%s.%s', n.nspname, c.relname) = ANY ($2::text[])
  AND CASE
    WHEN c.relkind IN ('r', 'p') THEN NOT (c.relrowsecurity AND c.relforcerowsecurity AND policies.good)
    WHEN c.relkind = 'v' THEN NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false)
    ELSE c.relkind IN ('m', 'f')
  END
UNION ALL
SELECT n.nspname, p.proname || '()' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = $1 AND p.prosecdef
ORDER BY 1, 2`;
