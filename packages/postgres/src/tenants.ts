import { idPattern, TrunklineError } from '@trunkline/core';
import { escapeLiteral } from 'pg';

/**
 * Tenancy inside Postgres. A transaction names its tenants in the setting `trunkline.tenants`; the
 * policy of every tenant-owned table shows it their rows and no others. No name means no rows.
 *
 * It guards against our own bugs, not against SQL injection: whoever can run SQL can set the setting.
 */

/** Named inside the transaction, so that it ends with it; the session-wide form is forbidden. `setting` as `tenantSetting` writes it. */
export function nameTenantsSql(setting: string): string {
  return `SELECT set_config('trunkline.tenants', ${escapeLiteral(setting)}, true)`;
}

/**
 * `nullif`: on a reused connection the setting is the empty text, not null, and would read as one tenant named "".
 * The inner SELECT makes the planner evaluate it once per statement, not once per row.
 */
const tenantPolicyExpression = `tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('trunkline.tenants', true), ''), ','))::text[])`;

/** Inside the transaction, until it ends: it reads the rows of all tenants, of tables that allow it, and writes to few. */
export const nameAllTenantsSql = `SELECT set_config('role', current_database() || '_all_tenants', true)`;

/** Ends that within the transaction, which sees the tenants that it named again. */
export const nameOwnTenantsSql = `SELECT set_config('role', 'none', true)`;

export interface RowSecurityExemption {
  /** `schema.table`; `*.table` for the table of that name which the framework makes in every service's schema. */
  readonly table: string;
  readonly reason: string;
}

/** The tables of services' schemas without row-level security. */
const rowSecurityExemptions: readonly RowSecurityExemption[] = [
  {
    table: '*.inbox',
    reason: 'keyed by event id; read and written by the framework before it knows whose the events are',
  },
  { table: 'journal.name', reason: 'names that rows refer to by number: topics, types, sources, groups, codes' },
  { table: 'journal.position', reason: 'how far each partition of each topic is indexed' },
  { table: 'journal.cause', reason: 'what people decided about a cause, which letters of several tenants may have' },
  { table: 'journal.events_left_out', reason: 'one row: until when events had no rows of their own' },
  {
    table: '*.outbox',
    reason: 'read by the relay alone, for all tenants by turns; a row is gone as soon as its record is published',
  },
  {
    table: '*.alert',
    reason: 'what operators were told and is so still, by ids: they run the installation, and it is of all tenants',
  },
  {
    table: '*.vault_key',
    reason: 'data keys, which rotation wraps anew for all tenants alike; what they open is isolated',
  },
  { table: 'connections.vault_list', reason: 'names and fingerprints of the keys that wrap those' },
  {
    table: 'connections.work',
    reason: 'claimed when it is due, before anybody knows whose it is; it has ids and times only',
  },
  {
    table: 'notifications.refused_connection',
    reason: 'the connections that a provider refused a message with, read before anybody knows whose they are',
  },
  {
    table: 'notifications.turn',
    reason:
      'ids: claimed when a message is due, before it is known whose it is; what is said is in `message`, isolated',
  },
  {
    table: 'delivery.route',
    reason: 'which endpoints there are, by id: whoever sends looks for changes before it knows whose they are',
  },
  {
    table: 'delivery.task',
    reason: 'what is due, by ids and times: loaded for all tenants alike; what is sent is in `message`, isolated',
  },
  {
    table: 'delivery.api_key',
    reason: 'keys of the HTTP API: who shows one is looked up before it is known whose it is; a row opens nothing',
  },
  {
    table: 'delivery.announcement',
    reason: 'ids, times and codes on their way to the outbox, moved for all tenants alike; gone when they are there',
  },
  {
    table: 'delivery.job_turn',
    reason:
      'jobs that are not over, by ids: claimed before it is known whose one is; what is asked is in `job`, isolated',
  },
  { table: 'delivery.shard', reason: 'which process sends for which endpoints' },
  { table: 'delivery.dispatcher', reason: 'the processes that send, and until when each is believed to live' },
  {
    table: '*.blocked_key',
    reason: 'claimed by the releaser when it is due, before it knows whose it is; what waits is in `parked`, isolated',
  },
];

/**
 * The functions of services' schemas that run with their owner's rights, for what a service's own role may not do. Each
 * has a search path of its own and takes nothing that names a table.
 */
export const definerFunctions: readonly { readonly function: string; readonly reason: string }[] = [
  { function: 'journal.open_day', reason: 'a service has no DDL, and each day needs its partitions' },
  { function: 'journal.drop_days', reason: 'the same, when a day has passed its retention' },
  { function: 'journal.fold_rollups', reason: 'rows of partitions that a service may only append to become fewer' },
  { function: 'journal.summarise', reason: 'only the owner of an index may summarise its ranges' },
  { function: 'delivery.open_day', reason: 'as of the journal: messages and attempts are kept by days' },
  { function: 'delivery.drop_days', reason: 'the same, when a day has passed its retention' },
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

-- For tables that are searched for all tenants at once: a second policy, of the role that some may become.
CREATE OR REPLACE FUNCTION trunkline.show_all_tenants(target regclass) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  EXECUTE format('CREATE POLICY all_tenants ON %s FOR SELECT TO %I USING (true)', target, current_database() || '_all_tenants');
END
$body$;

-- As above, of tables that are changed for all tenants too; what may be done to them is said by grants.
CREATE OR REPLACE FUNCTION trunkline.open_to_all_tenants(target regclass) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  EXECUTE format('CREATE POLICY all_tenants ON %s TO %I USING (true)', target, current_database() || '_all_tenants');
END
$body$;

-- Shows how Postgres itself writes our policy down, which is what the policies of all tables are compared with.
CREATE TABLE IF NOT EXISTS trunkline.isolated_table (tenant_id text NOT NULL);
DROP POLICY IF EXISTS tenants ON trunkline.isolated_table;
SELECT trunkline.isolate_tenants('trunkline.isolated_table')`;

/**
 * What of a schema ($1) a tenant could see another tenant's rows through: a table without FORCE row-level security or
 * without exactly our one policy; a view or function that runs with its owner's rights; a materialized view or foreign
 * table. $2 text[] are the exempt tables, as `schema.table`; $3 text[] the exempt functions, which need a search path
 * of their own; $4 whether the schema's tables may have the policy of `show_all_tenants` beside ours.
 *
 * Not looked at: a partition that takes nothing but INSERT. What is in it is read through its parent.
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
    AND NOT ($4 AND p.polname = 'all_tenants' AND p.polcmd IN ('r', '*') AND pg_get_expr(p.polqual, p.polrelid) = 'true'
      AND p.polroles = ARRAY[to_regrole(quote_ident(current_database() || '_all_tenants'))::oid])
) policies
WHERE n.nspname = $1 AND NOT format('%s.%s', n.nspname, c.relname) = ANY ($2::text[])
  AND NOT (c.relispartition AND c.relkind = 'r'
    AND EXISTS (SELECT FROM pg_inherits i JOIN pg_class parent ON parent.oid = i.inhparent
      WHERE i.inhrelid = c.oid AND parent.relnamespace = c.relnamespace)
    AND NOT EXISTS (SELECT FROM aclexplode(c.relacl) acl WHERE acl.grantee <> c.relowner AND acl.privilege_type <> 'INSERT')
    AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL))
  AND CASE
    WHEN c.relkind IN ('r', 'p') THEN NOT (c.relrowsecurity AND c.relforcerowsecurity AND policies.good)
    WHEN c.relkind = 'v' THEN NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false)
    ELSE c.relkind IN ('m', 'f')
  END
UNION ALL
SELECT n.nspname, p.proname || '()' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = $1 AND p.prosecdef AND NOT (format('%s.%s', n.nspname, p.proname) = ANY ($3::text[])
  AND EXISTS (SELECT FROM unnest(p.proconfig) AS setting WHERE starts_with(setting, 'search_path=')))
ORDER BY 1, 2`;
