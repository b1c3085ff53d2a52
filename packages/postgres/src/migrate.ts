import { messageOf, TrunklineError } from '@trunkline/core';
import { Client } from 'pg';

import { auditTableSql } from './audit/table.ts';
import { consumerRunTablesSql } from './consumer-runs.ts';
import { driverError } from './driver-error.ts';
import { firstStartTableSql } from './first-start.ts';
import { isOfFramework } from './framework/migrations.ts';
import { identifier } from './identifiers.ts';
import { beginInboxEpochSql, inboxEpochTableSql } from './inbox-epoch.ts';
import { letterTableSql } from './letters/table.ts';
import { type Migration, readMigrations, type ServiceMigrations } from './migration-files.ts';
import { partitionFunctionsSql } from './partitions/functions.ts';
import { takeOver } from './roles/earlier-roles.ts';
import { ensureLogins } from './roles/ensure-logins.ts';
import { ensureRoles } from './roles/ensure-roles.ts';
import {
  allTenantsSchemas,
  databaseGrantsSql,
  frameworkGrantsSql,
  refuseForeignGrants,
  schemaGrantsSql,
  sharedGrantsSql,
} from './roles/grants.ts';
import { type DatabaseRoles, type LoginPasswords, rolesOf } from './roles/names.ts';
import { definerFunctions, exemptTablesOf, isolateTenantsFunctionSql, unisolatedRelationsSql } from './tenants.ts';
import { endpointOf, withDatabase } from './urls.ts';

/*
 * Our own small runner: node-pg-migrate keeps no checksums, so an applied file that was edited goes unnoticed, and it
 * knows one migrations table per run where every service has its own list. What it does beyond that (a builder for
 * SQL in JavaScript, down migrations) we do not use. See docs/adr.
 */

export type { ServiceMigrations } from './migration-files.ts';

export interface MigrateOptions {
  /** A login that may create databases and roles; its database is where we wait for our turn. */
  readonly adminUrl: string;
  readonly database: string;
  readonly services: readonly ServiceMigrations[];
  /** Lets these roles log in. A role whose password is another one already is left alone, and the migration is refused. */
  readonly passwords?: LoginPasswords;
  /** Replaces passwords that are other ones, which locks out whoever uses those. */
  readonly setPasswords?: boolean;
  readonly onProgress?: (message: string) => void;
}

export interface MigrationState {
  readonly schema: string;
  readonly name: string;
  /** `changed`: the file differs from what was applied. `missing`: applied, but there is no such file (an older checkout). */
  readonly state: 'applied' | 'pending' | 'changed' | 'missing';
}

/** Serializes migrations on one server, and in one database. Any constant; ours spells "trunk" in ASCII. */
const advisoryLockKey = '500136504939';
const lockWaitMs = 60_000;
const statementTimeoutMs = 600_000;
/** Row-level security is older; the projection's `RETURNING old.*` needs 18. */
const oldestServer = 180_000;

/**
 * Brings the database to the state of the code: creates it and the roles when missing, runs the pending migrations of
 * every service, each in its own transaction, and grants each role what it needs. Running it again changes nothing.
 * Throws `config_invalid`, naming the file, when an applied file was changed, a new one sorts before an applied one, or a
 * table is left without tenant isolation; naming the role, when it has another password or rights in a schema that is
 * not its own.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const progress = options.onProgress ?? (() => undefined);
  const services = await Promise.all(options.services.map(readMigrations));
  const schemas = options.services.map(({ schema }) => schema);
  const roles = rolesOf(options.database);
  await withLockedClient(options.adminUrl, async (admin) => {
    await ensureServerVersion(admin);
    await ensureRoles(admin, roles, schemas);
    await ensureDatabase(admin, options.database, progress);
  });
  const url = withDatabase(options.adminUrl, options.database);
  await withLockedClient(url, async (client) => {
    await takeOver(client, { database: options.database, roles, schemas });
    await client.query(databaseGrantsSql(options.database, schemas));
    await ensureLogins(client, {
      url,
      database: options.database,
      passwords: options.passwords ?? {},
      setPasswords: options.setPasswords === true,
    });
    await client.query(`SET ROLE ${identifier(roles.migrator)}`);
    await client.query(`CREATE SCHEMA IF NOT EXISTS trunkline`);
    await client.query(journalSql);
    await client.query(isolateTenantsFunctionSql);
    await client.query(partitionFunctionsSql);
    await client.query(inboxEpochTableSql);
    await client.query(consumerRunTablesSql);
    await client.query(auditTableSql);
    await client.query(letterTableSql);
    await client.query(firstStartTableSql);
    await client.query(frameworkGrantsSql(roles, schemas));
    for (const migrations of services) await migrateService(client, migrations, { roles, progress });
    await client.query(sharedGrantsSql(roles, schemas));
    await refuseForeignGrants(client, roles, schemas);
  });
}

/** What `migrate` would find, changing nothing. */
export async function migrationStatus(
  options: Pick<MigrateOptions, 'adminUrl' | 'database' | 'services'>,
): Promise<readonly MigrationState[]> {
  const services = await Promise.all(options.services.map(readMigrations));
  const databaseExists = await withClient(options.adminUrl, (admin) =>
    exists(admin, databaseExistsSql, options.database),
  );
  if (!databaseExists) return services.flat().map(({ schema, name }) => ({ schema, name, state: 'pending' }));
  return await withClient(withDatabase(options.adminUrl, options.database), async (client) => {
    const hasJournal = await exists(client, `SELECT WHERE to_regclass($1) IS NOT NULL`, 'trunkline.migration');
    const states: MigrationState[] = [];
    for (const migrations of services) {
      const schema = migrations[0]?.schema ?? '';
      const applied = hasJournal ? await appliedChecksums(client, schema) : new Map<string, string>();
      states.push(...compare(migrations, applied));
    }
    return states;
  });
}

const journalSql = `CREATE TABLE IF NOT EXISTS trunkline.migration (
  schema text NOT NULL, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (schema, name))`;

const databaseExistsSql = 'SELECT FROM pg_database WHERE datname = $1';

async function migrateService(
  client: Client,
  migrations: readonly Migration[],
  { roles, progress }: { readonly roles: DatabaseRoles; readonly progress: (message: string) => void },
): Promise<void> {
  const schema = migrations[0]?.schema ?? '';
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${identifier(schema)}`);
  const states = compare(migrations, await appliedChecksums(client, schema));
  // Two lists: an installation whose service has many files applied still gets the framework's next one.
  refuseRewrittenHistory(states.filter(({ name }) => isOfFramework(name)));
  refuseRewrittenHistory(states.filter(({ name }) => !isOfFramework(name)));
  const pending = new Set(states.filter(({ state }) => state === 'pending').map(({ name }) => name));
  for (const migration of migrations) {
    if (!pending.has(migration.name)) continue;
    await apply(client, migration);
    progress(`${schema}: applied ${migration.name}`);
  }
  await client.query(beginInboxEpochSql, [schema]);
  await client.query(schemaGrantsSql(roles, schema));
}

async function apply(client: Client, migration: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(migration.sql);
    await client.query('INSERT INTO trunkline.migration (schema, name, checksum) VALUES ($1, $2, $3)', [
      migration.schema,
      migration.name,
      migration.checksum,
    ]);
    await refuseUnisolated(client, migration);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined); // the connection is gone: the server rolls back by itself
    if (cause instanceof TrunklineError) throw cause;
    const code = driverError(cause).code === 'dependency_unavailable' ? 'dependency_unavailable' : 'config_invalid';
    throw new TrunklineError(code, `migration ${migration.schema}/${migration.name} failed: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function refuseUnisolated(client: Client, { schema, name }: Migration): Promise<void> {
  const { rows } = await client.query<{ name: string }>(unisolatedRelationsSql, [
    schema,
    exemptTablesOf(schema),
    definerFunctions.map((exempt) => exempt.function),
    allTenantsSchemas.some((allowed) => allowed.schema === schema),
  ]);
  if (rows.length === 0) return;
  const relations = rows.map((row) => `${schema}.${row.name}`).join(', ');
  throw new TrunklineError(
    'config_invalid',
    `migration ${schema}/${name} leaves ${relations} without tenant isolation: ` +
      `a table needs "SELECT trunkline.isolate_tenants('<table>')" and no policy beside it, ` +
      `a view WITH (security_invoker = true), a function SECURITY INVOKER`,
  );
}

function compare(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): MigrationState[] {
  const names = new Set(migrations.map(({ name }) => name));
  const states: MigrationState[] = migrations.map(({ schema, name, checksum }) => {
    const before = applied.get(name);
    const state = before === undefined ? 'pending' : before === checksum ? 'applied' : 'changed';
    return { schema, name, state };
  });
  const schema = migrations[0]?.schema ?? '';
  for (const name of applied.keys()) if (!names.has(name)) states.push({ schema, name, state: 'missing' });
  return states.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function refuseRewrittenHistory(states: readonly MigrationState[]): void {
  const changed = states.find(({ state }) => state === 'changed');
  if (changed !== undefined) {
    throw new TrunklineError(
      'config_invalid',
      `migration ${changed.schema}/${changed.name} was changed after it was applied: restore the file and write a new migration`,
    );
  }
  const lastApplied = states.findLastIndex(({ state }) => state !== 'pending');
  const late = states.slice(0, Math.max(lastApplied, 0)).find(({ state }) => state === 'pending');
  if (late !== undefined) {
    throw new TrunklineError(
      'config_invalid',
      `migration ${late.schema}/${late.name} sorts before one that is applied: give it the next free number`,
    );
  }
}

async function appliedChecksums(client: Client, schema: string): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM trunkline.migration WHERE schema = $1',
    [schema],
  );
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

async function ensureServerVersion(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ version: string }>(`SELECT current_setting('server_version_num') AS version`);
  const version = Number(rows[0]?.version);
  if (version < oldestServer) {
    throw new TrunklineError('config_invalid', `PostgreSQL 18 or newer is needed; this server says ${version}`);
  }
}

async function ensureDatabase(admin: Client, database: string, progress: (message: string) => void): Promise<void> {
  if (await exists(admin, databaseExistsSql, database)) return;
  // template0 has no sessions that could block the copy; the builtin C.UTF-8 sorts the same on every machine.
  await admin.query(
    `CREATE DATABASE ${identifier(database)} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'`,
  );
  progress(`created database ${database}`);
}

async function exists(client: Client, sql: string, value: string): Promise<boolean> {
  const result = await client.query(sql, [value]);
  return (result.rowCount ?? 0) > 0;
}

async function withLockedClient(url: string, run: (client: Client) => Promise<void>): Promise<void> {
  await withClient(url, async (client) => {
    // The lock belongs to the session and ends with it.
    await client.query(`SET lock_timeout = ${lockWaitMs}`);
    await client.query(`SELECT pg_advisory_lock(${advisoryLockKey})`);
    await run(client);
  });
}

async function withClient<T>(url: string, run: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: 'trunkline-migrate',
    connectionTimeoutMillis: 10_000,
    statement_timeout: statementTimeoutMs,
  });
  // A connection lost while idle would end the process; the next statement reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await run(client);
  } catch (thrown) {
    if (thrown instanceof TrunklineError) throw thrown;
    const error = driverError(thrown);
    throw new TrunklineError(error.code, `Postgres at ${endpointOf(url)}: ${error.message}`, { cause: thrown });
  } finally {
    await client.end();
  }
}
