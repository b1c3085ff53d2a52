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
  readonly reason: string;
}

export const sharedTables: readonly SharedTable[] = [
  { reader: 'journal', table: '*.inbox', reason: 'shows what became of an event, in whichever group' },
  { reader: 'notifications', table: 'connections.connection', reason: 'sends through what a tenant has connected' },
  { reader: 'notifications', table: 'connections.credential', reason: 'the same; sealed, opened by packages/vault' },
];

/** The framework's own tables, beside the services' schemas: no tenant's data. */
const frameworkTables: readonly {
  readonly table: string;
  readonly services: string;
  readonly operator: string;
}[] = [
  { table: 'trunkline.inbox_epoch', services: 'SELECT', operator: 'SELECT' },
  { table: 'trunkline.consumer_run', services: 'SELECT, INSERT, UPDATE, DELETE', operator: 'SELECT' },
  { table: 'trunkline.audit', services: '', operator: 'SELECT, INSERT' },
  { table: 'trunkline.dead_letter', services: '', operator: 'SELECT, INSERT, UPDATE' },
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
  const statements = [`GRANT USAGE ON SCHEMA trunkline TO ${identifier(roles.operator)}`];
  if (services !== '') statements.push(`GRANT USAGE ON SCHEMA trunkline TO ${services}`);
  for (const { table, ...rights } of frameworkTables) {
    if (rights.operator !== '')
      statements.push(`GRANT ${rights.operator} ON ${table} TO ${identifier(roles.operator)}`);
    if (rights.services !== '' && services !== '')
      statements.push(`GRANT ${rights.services} ON ${table} TO ${services}`);
  }
  return statements.join(';\n');
}

/** Everything a service and the operator may do in a service's schema; repeated after each migration, for its new tables. */
export function schemaGrantsSql(roles: DatabaseRoles, schema: string): string {
  const name = identifier(schema);
  const service = identifier(roles.service(schema));
  const operator = identifier(roles.operator);
  return `GRANT USAGE ON SCHEMA ${name} TO ${service}, ${operator};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${name} TO ${service};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${name} TO ${service};
GRANT SELECT ON ALL TABLES IN SCHEMA ${name} TO ${operator};
REVOKE UPDATE ON ${name}.inbox FROM ${service};
GRANT UPDATE (outcome) ON ${name}.inbox TO ${service};`;
}

/** What services may read of each other, where both are in this database. */
export function sharedGrantsSql(roles: DatabaseRoles, schemas: readonly string[]): string {
  return sharedTables
    .filter(({ reader }) => schemas.includes(reader))
    .flatMap(({ reader, table: qualified }) => {
      const [owner = '', table = ''] = qualified.split('.');
      const owners = schemas.filter((schema) => schema !== reader && (owner === '*' || owner === schema));
      const role = identifier(roles.service(reader));
      return owners.flatMap((schema) => [
        `GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${role}`,
        `GRANT SELECT ON ${identifier(schema)}.${identifier(table)} TO ${role}`,
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
  readonly grantee: string;
  readonly privilege: string;
}

function isOurs({ schema, relation, grantee, privilege }: Grant, roles: DatabaseRoles): boolean {
  if ([roles.migrator, roles.service(schema)].includes(grantee)) return true;
  const reads = privilege === (relation === null ? 'USAGE' : 'SELECT');
  if (!reads) return false;
  if (grantee === roles.operator) return true;
  return sharedTables.some(({ reader, table }) => {
    if (roles.service(reader) !== grantee) return false;
    const [owner, name] = table.split('.');
    return (owner === '*' || owner === schema) && (relation === null || relation === name);
  });
}

const grantsSql = `
WITH granted AS (
  SELECT n.nspname AS schema, NULL::name AS relation, n.nspowner AS owner, acl.*
  FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) acl
  UNION ALL
  SELECT n.nspname, c.relname, c.relowner, acl.*
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) acl
  UNION ALL
  SELECT n.nspname, c.relname, c.relowner, acl.*
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL aclexplode(a.attacl) acl
)
SELECT schema, relation, privilege_type AS privilege,
  CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END AS grantee
FROM granted WHERE schema = ANY ($1::text[]) AND grantee <> owner ORDER BY 1, 2 NULLS FIRST, 4, 3`;
