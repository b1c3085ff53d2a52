import { TrunklineError } from '@trunkline/core';
import type { Client } from 'pg';

import { identifier } from '../identifiers.ts';
import { type DatabaseRoles, rolesOf } from './names.ts';

/** Who may read what of another service. Everything else is refused by Postgres, and by `migrate` when somebody grants it. */
export interface SharedTable {
  /** The schema of the service that reads. */
  readonly reader: string;
  /** `schema.table`, or `*.table` for the table of that name in every schema. */
  readonly table: string;
  /** All of them unless given. */
  readonly columns?: readonly string[];
  readonly reason: string;
}

export const sharedTables: readonly SharedTable[] = [
  { reader: 'journal', table: '*.inbox', reason: 'shows what became of an event, in whichever group' },
  {
    reader: 'journal',
    table: '*.parked',
    columns: ['event_id', 'tenant_id'],
    reason: 'whether an event that is nowhere else waits behind a failing key; under the policy, and not what it says',
  },
  { reader: 'notifications', table: 'connections.connection', reason: 'sends through what a tenant has connected' },
  { reader: 'notifications', table: 'connections.credential', reason: 'the same; sealed, opened by packages/vault' },
  { reader: 'notifications', table: 'connections.vault_key', reason: 'the same; what they open with, itself wrapped' },
  {
    reader: 'connections',
    table: 'notifications.refused_connection',
    reason: 'checks a connection that a provider refused a message with; ids and times',
  },
];

/** Schemas with tables that may be read for all tenants at once. Of every other one a second policy is refused. */
export const allTenantsSchemas: readonly { readonly schema: string; readonly reason: string }[] = [
  { schema: 'journal', reason: 'an operator searches all tenants, and naming a thousand costs more than the search' },
  { schema: 'control', reason: 'the same, of what tenants have set up' },
];

/** What the role that sees all tenants may change: work and its results, and no fact that a provider told. */
const allTenantsChanges: readonly { readonly table: string; readonly reason: string }[] = [
  { table: 'journal.letter', reason: 'the newest copy of each dead letter, written with the steps of all tenants' },
  { table: 'journal.job', reason: 'what an operator asks for may be about letters of several tenants' },
  { table: 'journal.job_letter', reason: 'the plan of such a job' },
  { table: 'journal.replay', reason: 'as of jobs: one of the journal works on those of all tenants' },
  { table: 'journal.replay_delivery', reason: 'the plan of a replay' },
  { table: 'journal.replay_canary', reason: 'the events whose outcome it awaits' },
  { table: 'journal.cause', reason: 'a cause is of letters of several tenants, too' },
];

/** The roles that may become the one that reads all tenants: services with such a schema, and the command line. */
export function allTenantsReaders(roles: DatabaseRoles, schemas: readonly string[]): readonly string[] {
  const services = allTenantsSchemas.filter(({ schema }) => schemas.includes(schema));
  return [roles.operator, ...services.map(({ schema }) => roles.service(schema))];
}

/** The framework's own tables, beside the services' schemas: no tenant's data. */
const frameworkTables: readonly {
  readonly table: string;
  readonly services: string;
  readonly operator: string;
  /** Of the role that sees all tenants. */
  readonly allTenants: string;
}[] = [
  { table: 'trunkline.inbox_epoch', services: 'SELECT', operator: 'SELECT', allTenants: '' },
  { table: 'trunkline.consumer_run', services: 'SELECT, INSERT, UPDATE, DELETE', operator: 'SELECT', allTenants: '' },
  { table: 'trunkline.first_start', services: 'SELECT, INSERT', operator: 'SELECT', allTenants: '' },
  { table: 'trunkline.audit', services: '', operator: 'SELECT, INSERT', allTenants: 'SELECT, INSERT' },
  { table: 'trunkline.dead_letter', services: '', operator: 'SELECT, INSERT, UPDATE', allTenants: 'SELECT' },
];

/**
 * Services that people act through: each may add to the audit what they did. Of what stands there it reads no more than what
 * the next row is sealed over.
 */
const auditingServices: readonly { readonly schema: string; readonly reason: string }[] = [
  { schema: 'delivery', reason: 'its HTTP API: endpoints that are made and changed, messages that are sent again' },
];

/** What the command line may write in the tables of services: columns that are ours, and no fact that a provider told. */
const operatorColumns: readonly { readonly column: string; readonly reason: string }[] = [
  { column: 'phone_id', reason: '`trunkline directory relink`' },
  { column: 'key_decision', reason: '`trunkline keys release` and `skip`' },
  { column: 'message_decision', reason: '`trunkline notifications decide`' },
  { column: 'connection_decision', reason: '`trunkline connections pause`, `resume` and `revoke`' },
  { column: 'wanted_at', reason: '`trunkline connections check` and `vault rotate`: work that is wanted now' },
];

/** What the command line does not read, of whichever table has it: sealed secrets, and the keys that open them. */
const hiddenColumns: readonly string[] = ['sealed', 'dek_wrapped'];

/** Tables of services that the command line writes whole rows of, under the tenant policy where they have one: what people set up. */
const operatorTables: readonly {
  readonly table: string;
  readonly rights: readonly string[];
  readonly reason: string;
}[] = [
  {
    table: 'delivery.endpoint',
    rights: ['INSERT', 'UPDATE'],
    reason: '`trunkline endpoints create` and what changes one',
  },
  {
    table: 'delivery.endpoint_secret',
    rights: ['INSERT', 'UPDATE', 'DELETE'],
    reason: 'the same, of what it signs with',
  },
  { table: 'delivery.vault_key', rights: ['INSERT', 'DELETE'], reason: 'the same, of what seals that' },
  { table: 'delivery.route', rights: ['INSERT', 'UPDATE'], reason: 'the same: tells who sends that something changed' },
  { table: 'delivery.announcement', rights: ['INSERT'], reason: '`trunkline endpoints` tells what it does' },
  { table: 'delivery.task', rights: ['INSERT', 'UPDATE'], reason: '`trunkline resend`' },
  {
    table: 'delivery.job',
    rights: ['INSERT', 'UPDATE', 'DELETE'],
    reason: '`trunkline jobs start`, and what changes one',
  },
  { table: 'delivery.job_turn', rights: ['INSERT'], reason: 'the same: whoever works on it claims that' },
  {
    table: 'delivery.api_key',
    rights: ['INSERT', 'UPDATE'],
    reason: '`trunkline api-keys create`, `rotate`, `revoke`',
  },
];

/** Takes away what every role may do in a new database (CREATE TEMPORARY is DDL too) and lets ours connect. */
export function databaseGrantsSql(database: string, schemas: readonly string[]): string {
  const name = identifier(database);
  const roles = rolesOf(database);
  const logins = [roles.operator, ...schemas.map(roles.service)].map(identifier).join(', ');
  return `REVOKE ALL ON DATABASE ${name} FROM PUBLIC;
GRANT CONNECT ON DATABASE ${name} TO ${logins};
GRANT CONNECT, CREATE ON DATABASE ${name} TO ${identifier(roles.migrator)};`;
}

export function frameworkGrantsSql(roles: DatabaseRoles, schemas: readonly string[]): string {
  const services = schemas.map(roles.service).map(identifier).join(', ');
  const statements = [
    `GRANT USAGE ON SCHEMA trunkline TO ${identifier(roles.operator)}, ${identifier(roles.allTenants)}`,
  ];
  if (services !== '') statements.push(`GRANT USAGE ON SCHEMA trunkline TO ${services}`);
  for (const { table, ...rights } of frameworkTables) {
    if (rights.operator !== '')
      statements.push(`GRANT ${rights.operator} ON ${table} TO ${identifier(roles.operator)}`);
    if (rights.allTenants !== '')
      statements.push(`GRANT ${rights.allTenants} ON ${table} TO ${identifier(roles.allTenants)}`);
    if (rights.services !== '' && services !== '')
      statements.push(`GRANT ${rights.services} ON ${table} TO ${services}`);
  }
  for (const { schema } of auditingServices.filter((auditing) => schemas.includes(auditing.schema)))
    statements.push(`GRANT INSERT, SELECT (seq, hash) ON trunkline.audit TO ${identifier(roles.service(schema))}`);
  return statements.join(';\n');
}

/**
 * Everything a service and the operator may do in a service's schema; repeated after each migration, for its new tables.
 * The outbox is outside row-level security, so the operator sees how much waits there and not what it says.
 */
export function schemaGrantsSql(roles: DatabaseRoles, schema: string): string {
  const name = identifier(schema);
  const service = identifier(roles.service(schema));
  const operator = identifier(roles.operator);
  return `GRANT USAGE ON SCHEMA ${name} TO ${service}, ${operator};
${eachTableSql(schema, `GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO ${service}`)}
GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${name} TO ${service};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${name} TO ${service};
${eachTableSql(schema, `GRANT SELECT ON %s TO ${operator}`)}
REVOKE UPDATE ON ${name}.inbox FROM ${service};
GRANT UPDATE (outcome) ON ${name}.inbox TO ${service};
REVOKE UPDATE ON ${name}.outbox FROM ${service};
REVOKE SELECT ON ${name}.outbox FROM ${operator};
GRANT SELECT (id, shard, record_id, tenant_id, topic, created_at) ON ${name}.outbox TO ${operator};
${hiddenColumnsSql(operator, name)}
${operatorColumns.map(({ column }) => operatorColumnSql(roles.operator, schema, column)).join('\n')}
${operatorTables.map((granted) => operatorTableSql(roles.operator, schema, granted)).join('\n')}
${allTenantsGrantsSql(roles, schema)}`;
}

/** Not of partitions: those are written and read through their parent, whose policy would not hold there. */
function eachTableSql(schema: string, statement: string, where = 'true'): string {
  return `DO $grants$
DECLARE of_table regclass;
BEGIN
  FOR of_table IN SELECT oid FROM pg_class
    WHERE relnamespace = '${identifier(schema)}'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition
      AND ${where}
  LOOP
    EXECUTE format('${statement}', of_table);
  END LOOP;
END
$grants$;`;
}

/** Beside every inbox, which says what became of an event and holds no tenant's data. */
function allTenantsGrantsSql(roles: DatabaseRoles, schema: string): string {
  const name = identifier(schema);
  const role = identifier(roles.allTenants);
  const inbox = `GRANT USAGE ON SCHEMA ${name} TO ${role};
GRANT SELECT ON ${name}.inbox TO ${role};`;
  if (!allTenantsSchemas.some((allowed) => allowed.schema === schema)) return inbox;
  const changed = allTenantsChanges.map(({ table }) => `'${table}'`).join(', ');
  return `${inbox}
${eachTableSql(schema, `GRANT SELECT ON %s TO ${role}`)}
${eachTableSql(schema, `GRANT INSERT, UPDATE, DELETE ON %s TO ${role}`, `format('%s.%s', '${name}', relname) IN (${changed})`)}`;
}

/** Reading of a table with a hidden column is reading of its other columns. */
function hiddenColumnsSql(operator: string, schema: string): string {
  const hidden = hiddenColumns.map((column) => `'${column}'`).join(', ');
  return `DO $grants$
DECLARE of_table record;
BEGIN
  FOR of_table IN SELECT c.oid::regclass AS name, string_agg(quote_ident(a.attname), ', ') FILTER (WHERE a.attname NOT IN (${hidden})) AS others
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = '${schema}'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY c.oid HAVING bool_or(a.attname IN (${hidden}))
  LOOP
    EXECUTE format('REVOKE SELECT ON %s FROM ${operator}', of_table.name);
    EXECUTE format('GRANT SELECT (%s) ON %s TO ${operator}', of_table.others, of_table.name);
  END LOOP;
END
$grants$;`;
}

/** Whichever tables of the schema have it. */
function operatorColumnSql(operator: string, schema: string, column: string): string {
  return `DO $grants$
DECLARE of_table name;
BEGIN
  FOR of_table IN SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = '${identifier(schema)}'::regnamespace AND c.relkind = 'r' AND a.attname = '${column}' AND NOT a.attisdropped
  LOOP
    EXECUTE format('GRANT UPDATE (${column}) ON ${identifier(schema)}.%I TO ${identifier(operator)}', of_table);
  END LOOP;
END
$grants$;`;
}

/** Nothing where the schema has no such table. */
function operatorTableSql(
  operator: string,
  schema: string,
  { table, rights }: { readonly table: string; readonly rights: readonly string[] },
): string {
  const [owner, name = ''] = table.split('.');
  if (owner !== schema) return '';
  return eachTableSql(schema, `GRANT ${rights.join(', ')} ON %s TO ${operator}`, `relname = '${name}'`);
}

/** What services may read of each other, where both are in this database. */
export function sharedGrantsSql(roles: DatabaseRoles, schemas: readonly string[]): string {
  return sharedTables
    .filter(({ reader }) => schemas.includes(reader))
    .flatMap(({ reader, table: qualified, columns }) => {
      const [owner = '', table = ''] = qualified.split('.');
      const owners = schemas.filter((schema) => schema !== reader && (owner === '*' || owner === schema));
      const role = identifier(roles.service(reader));
      return owners.flatMap((schema) => [
        `GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${role}`,
        `GRANT SELECT ${columns === undefined ? '' : `(${columns.map(identifier).join(', ')}) `}ON ${identifier(schema)}.${identifier(table)} TO ${role}`,
      ]);
    })
    .join(';\n');
}

/**
 * Refuses what a migration, or somebody by hand, has let another role do in a service's schema. Throws `config_invalid`
 * that names the first.
 */
export async function refuseForeignGrants(
  client: Client,
  roles: DatabaseRoles,
  schemas: readonly string[],
): Promise<void> {
  const { rows } = await client.query<Grant>(grantsSql, [[...schemas]]);
  const foreign = rows.find((grant) => !isOurs(grant, roles));
  if (foreign === undefined) return;
  const { schema, relation, grantee, privilege } = foreign;
  const what = relation === null ? `schema ${schema}` : `${schema}.${relation}`;
  throw new TrunklineError(
    'config_invalid',
    `${grantee} may ${privilege} ${what}, which belongs to the service ${schema} alone: ` +
      `REVOKE ALL ON ${relation === null ? `SCHEMA ${schema}` : what} FROM ${grantee}; ` +
      'or, if services are to share it, a line with a reason in packages/postgres/src/roles/grants.ts',
  );
}

interface Grant {
  readonly schema: string;
  /** Null: a grant on the schema itself. */
  readonly relation: string | null;
  /** Null: a grant on all of it. */
  readonly column: string | null;
  readonly grantee: string;
  readonly privilege: string;
}

function isOurs({ schema, relation, column, grantee, privilege }: Grant, roles: DatabaseRoles): boolean {
  if ([roles.migrator, roles.service(schema)].includes(grantee)) return true;
  const isOperatorColumn = privilege === 'UPDATE' && operatorColumns.some((ours) => ours.column === column);
  if (grantee === roles.operator && isOperatorColumn) return true;
  const isOperatorTable = operatorTables.some(
    ({ table, rights }) => table === `${schema}.${relation}` && rights.includes(privilege),
  );
  if (grantee === roles.operator && isOperatorTable) return true;
  if (grantee === roles.allTenants && relation !== null && ['INSERT', 'UPDATE', 'DELETE'].includes(privilege))
    return allTenantsChanges.some(({ table }) => table === `${schema}.${relation}`);
  const reads = privilege === (relation === null ? 'USAGE' : 'SELECT');
  if (!reads) return false;
  if (grantee === roles.operator) return true;
  if (grantee === roles.allTenants)
    return relation === null || relation === 'inbox' || allTenantsSchemas.some((allowed) => allowed.schema === schema);
  return sharedTables.some(({ reader, table, columns }) => {
    if (roles.service(reader) !== grantee) return false;
    const [owner, name] = table.split('.');
    if (relation !== null && columns !== undefined && !columns.some((own) => own === column)) return false;
    return (owner === '*' || owner === schema) && (relation === null || relation === name);
  });
}

const grantsSql = `
WITH granted AS (
  SELECT n.nspname AS schema, NULL::name AS relation, NULL::name AS column, n.nspowner AS owner, acl.*
  FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) acl
  UNION ALL
  SELECT n.nspname, c.relname, NULL, c.relowner, acl.*
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) acl
  UNION ALL
  SELECT n.nspname, c.relname, a.attname, c.relowner, acl.*
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL aclexplode(a.attacl) acl
)
SELECT schema, relation, granted.column, privilege_type AS privilege,
  CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END AS grantee
FROM granted WHERE schema = ANY ($1::text[]) AND grantee <> owner ORDER BY 1, 2 NULLS FIRST, 4, 3`;
