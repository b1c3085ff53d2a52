import type { Client } from 'pg';

import { identifier } from '../identifiers.ts';
import type { DatabaseRoles } from './names.ts';

/**
 * Until roles had the database in their name, one `trunkline_migrator` owned the objects of every installation on a
 * server and all services logged in as one `trunkline_app`. Takes this database over from them, and leaves the roles
 * themselves and what they have elsewhere to the installations that still use them. Open connections live on.
 */
export async function takeOver(
  admin: Client,
  {
    database,
    roles,
    schemas,
  }: { readonly database: string; readonly roles: DatabaseRoles; readonly schemas: readonly string[] },
): Promise<void> {
  const ours = [roles.migrator, roles.operator, ...schemas.map(roles.service)];
  if (!ours.includes('trunkline_migrator') && (await owns(admin, 'trunkline_migrator'))) {
    await admin.query(`REASSIGN OWNED BY trunkline_migrator TO ${identifier(roles.migrator)}`);
  }
  if (ours.includes('trunkline_app') || !(await exists(admin, 'trunkline_app'))) return;
  const { rows } = await admin.query<{ schema: string }>(schemasOfSql);
  const statements = rows.flatMap(({ schema }) => [
    `REVOKE ALL ON ALL TABLES IN SCHEMA ${identifier(schema)} FROM trunkline_app`,
    `REVOKE ALL ON ALL SEQUENCES IN SCHEMA ${identifier(schema)} FROM trunkline_app`,
    `REVOKE ALL ON SCHEMA ${identifier(schema)} FROM trunkline_app`,
  ]);
  await admin.query([...statements, `REVOKE ALL ON DATABASE ${identifier(database)} FROM trunkline_app`].join(';\n'));
}

async function exists(admin: Client, role: string): Promise<boolean> {
  return ((await admin.query('SELECT FROM pg_roles WHERE rolname = $1', [role])).rowCount ?? 0) > 0;
}

async function owns(admin: Client, role: string): Promise<boolean> {
  const found = await admin.query(
    'SELECT FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner WHERE r.rolname = $1 LIMIT 1',
    [role],
  );
  return (found.rowCount ?? 0) > 0;
}

const schemasOfSql = `
SELECT n.nspname AS schema FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) acl
JOIN pg_roles r ON r.oid = acl.grantee WHERE r.rolname = 'trunkline_app'`;
