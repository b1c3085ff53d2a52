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

/** Infrastructure, exempt from row-level security by name: keyed by event id, read by the framework, never by a handler. */
export const exemptTables: readonly string[] = ['inbox'];

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
$body$`;

/**
 * Relations of the given schemas ($1 text[]) that a tenant could see another tenant's rows through: a table without
 * FORCE row-level security or without exactly our one policy, a view that reads with its owner's rights, a
 * materialized view. $2 text[] are the exempt names.
 */
export const unisolatedRelationsSql = `
SELECT n.nspname AS schema, c.relname AS name
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT coalesce(count(*) = 1 AND bool_and(p.polcmd = '*' AND 0 = ANY (p.polroles)
    AND pg_get_expr(p.polqual, p.polrelid) LIKE '%trunkline.tenants%'), false) AS good
  FROM pg_policy p WHERE p.polrelid = c.oid
) policies
WHERE n.nspname = ANY ($1::text[]) AND NOT c.relname = ANY ($2::text[])
  AND CASE
    WHEN c.relkind IN ('r', 'p') THEN NOT (c.relrowsecurity AND c.relforcerowsecurity AND policies.good)
    WHEN c.relkind = 'v' THEN NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false)
    ELSE c.relkind = 'm'
  END
ORDER BY 1, 2`;
