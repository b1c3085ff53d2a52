import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';
import type { Client } from 'pg';

import { identifier, literal } from './identifiers.ts';

/** Owns every object; passes row-level security, so that a migration can touch all rows. Nobody logs in as it. */
export const migratorRole = 'trunkline_migrator';
/** What services connect as: owns nothing, has no DDL, is held to row-level security. */
export const appRole = 'trunkline_app';

/** Creates the two roles when missing; with a password, lets trunkline_app log in with it. Roles belong to the whole server. */
export async function ensureRoles(admin: Client, appPassword: string | undefined): Promise<void> {
  await createRole(admin, migratorRole, 'NOLOGIN BYPASSRLS');
  await createRole(admin, appRole, 'NOLOGIN');
  await admin.query(`ALTER ROLE ${appRole} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS`);
  // An administrator who is no superuser needs membership to act as the migrator.
  await admin.query(`GRANT ${migratorRole} TO CURRENT_USER`);
  if (appPassword !== undefined) {
    await admin.query(`ALTER ROLE ${appRole} LOGIN PASSWORD ${literal(scramVerifier(appPassword))}`);
  }
}

async function createRole(admin: Client, role: string, attributes: string): Promise<void> {
  const found = await admin.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (found.rowCount === 0) await admin.query(`CREATE ROLE ${identifier(role)} ${attributes}`);
}

/**
 * What Postgres stores for a password (SCRAM-SHA-256, RFC 5803), made here so that the password itself stands in no
 * statement: statements get logged.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  if (!/^[\x21-\x7e]{8,128}$/.test(password)) {
    // Other characters would need SASLprep to match what the driver sends.
    throw new TrunklineError(
      'config_invalid',
      'the password of trunkline_app must be 8 to 128 printable ASCII characters without blanks',
    );
  }
  const salted = pbkdf2Sync(password, salt, scramIterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${scramIterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** Postgres' own default. */
const scramIterations = 4096;

/** Everything trunkline_app may do in a service's schema; repeated after each migration, for its new tables. */
export function schemaGrantsSql(schema: string): string {
  const name = identifier(schema);
  return `GRANT USAGE ON SCHEMA ${name} TO ${appRole};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${name} TO ${appRole};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${name} TO ${appRole};`;
}

/** Takes away what every role may do in a new database (CREATE TEMPORARY is DDL too) and lets the app connect. */
export function databaseGrantsSql(database: string): string {
  const name = identifier(database);
  return `REVOKE ALL ON DATABASE ${name} FROM PUBLIC;
GRANT CONNECT ON DATABASE ${name} TO ${appRole};
GRANT CONNECT, CREATE ON DATABASE ${name} TO ${migratorRole};`;
}
