import type { Client } from 'pg';

import { identifier } from '../identifiers.ts';
import { allTenantsReaders } from './grants.ts';
import type { DatabaseRoles } from './names.ts';

/** Creates the roles that are missing. What may log in and with which password is `ensureLogins`'. */
export async function ensureRoles(admin: Client, roles: DatabaseRoles, schemas: readonly string[]): Promise<void> {
  await ensureRole(admin, roles.migrator, true);
  // An administrator who is no superuser needs membership to act as the migrator.
  await admin.query(`GRANT ${identifier(roles.migrator)} TO CURRENT_USER`);
  for (const role of [roles.operator, roles.allTenants, ...schemas.map(roles.service)])
    await ensureRole(admin, role, false);
  // Not inherited: who may see all tenants says so, transaction by transaction (`nameAllTenants`).
  for (const role of allTenantsReaders(roles, schemas))
    await admin.query(`GRANT ${identifier(roles.allTenants)} TO ${identifier(role)} WITH INHERIT FALSE, SET TRUE`);
}

/** Only what differs is altered: managed servers let nobody but a superuser say NOSUPERUSER, even where it is true already. */
async function ensureRole(admin: Client, role: string, bypassesRowSecurity: boolean): Promise<void> {
  const { rows } = await admin.query<Attributes>(attributesSql, [role]);
  const [found] = rows;
  if (found === undefined) {
    await admin.query(`CREATE ROLE ${identifier(role)} NOLOGIN ${bypassesRowSecurity ? 'BYPASSRLS' : ''}`);
    return;
  }
  const wanted = [
    ...(found.superuser ? ['NOSUPERUSER'] : []),
    ...(found.creates_databases ? ['NOCREATEDB'] : []),
    ...(found.creates_roles ? ['NOCREATEROLE'] : []),
    ...(found.bypasses === bypassesRowSecurity ? [] : [bypassesRowSecurity ? 'BYPASSRLS' : 'NOBYPASSRLS']),
  ];
  if (wanted.length > 0) await admin.query(`ALTER ROLE ${identifier(role)} ${wanted.join(' ')}`);
}

interface Attributes {
  readonly superuser: boolean;
  readonly creates_databases: boolean;
  readonly creates_roles: boolean;
  readonly bypasses: boolean;
}

const attributesSql = `
SELECT rolsuper AS superuser, rolcreatedb AS creates_databases, rolcreaterole AS creates_roles, rolbypassrls AS bypasses
FROM pg_roles WHERE rolname = $1`;
