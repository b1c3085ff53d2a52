import { randomBytes } from 'node:crypto';

import { Client, type ClientConfig, Pool } from 'pg';

import { type Database, createDatabase, type DatabaseOptions } from '../database.ts';
import { migrate, type ServiceMigrations } from '../migrate.ts';
import { operatorLogin, roleOfLogin } from '../roles/names.ts';
import { withDatabase, withLogin } from '../urls.ts';

/** A migrated database of one test file's own, on a server that others use too. */
export interface TestDatabase {
  readonly name: string;
  /** The server's administrator, in this database: for arranging and looking, never for the code under test. */
  readonly adminUrl: string;
  /** Logs in as the role of the first service. */
  readonly appUrl: string;
  /** Logs in as the role of a service, by its schema, or as `operator`. */
  urlOf(login: string): string;
  /** A database handle as the role of the schema, the first service's unless told; closed by `drop`. */
  open(options?: Partial<DatabaseOptions>): Database;
  /** Runs one statement as the administrator, past every policy. */
  admin<Row extends object>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /**
   * Empties tables, each named with its schema, as TRUNCATE does once nobody is at work on them and past foreign keys. No
   * trigger runs: an inbox stays the one it was, where one that was truncated is another. TRUNCATE gives each table and
   * each index of it a new file, which for a few rows is many times the CPU.
   */
  empty(...tables: readonly string[]): Promise<void>;
  /** Postgres goes away for this database only: every connection is cut, none is accepted. */
  takeDown(): Promise<void>;
  bringUp(): Promise<void>;
  drop(): Promise<void>;
}

/** Creates `trunkline_test_<random>` with roles of its own and migrates it. */
export async function createTestDatabase(options: {
  readonly adminUrl: string;
  readonly services: readonly ServiceMigrations[];
}): Promise<TestDatabase> {
  const name = `trunkline_test_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const logins = [operatorLogin, ...options.services.map(({ schema }) => schema)];
  const dropDatabase = async (): Promise<void> => {
    await statement(options.adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    // Roles belong to the server and outlive the database.
    const made = await statement<{ role: string }>(
      options.adminUrl,
      'SELECT rolname AS role FROM pg_roles WHERE starts_with(rolname, $1)',
      [`${name}_`],
    );
    if (made.length > 0) await statement(options.adminUrl, `DROP ROLE ${made.map(({ role }) => role).join(', ')}`);
  };
  try {
    await migrate({
      adminUrl: options.adminUrl,
      database: name,
      services: options.services,
      passwords: Object.fromEntries(logins.map((login) => [login, password])),
    });
  } catch (error) {
    // A migration that fails is a test's business; what it leaves on a shared server is ours.
    await dropDatabase();
    throw error;
  }
  const adminUrl = withDatabase(options.adminUrl, name);
  const first = options.services[0]?.schema ?? operatorLogin;
  const urlOf = (login: string): string => withLogin(adminUrl, roleOfLogin(name, login), password);
  const handles: Database[] = [];
  const administrator = keptConnections(adminUrl);
  return {
    name,
    adminUrl,
    appUrl: urlOf(first),
    urlOf,
    open(overrides = {}): Database {
      const database = createDatabase({
        connectionString: urlOf(overrides.schema ?? first),
        schema: first,
        applicationName: name,
        maxConnections: 4,
        statementTimeoutMs: 30_000,
        connectTimeoutMs: 30_000,
        ...overrides,
      });
      handles.push(database);
      return database;
    },
    admin: (sql, values = []) => administrator.statement(sql, values),
    async empty(...tables): Promise<void> {
      await administrator.statement(
        [
          'BEGIN',
          'SET LOCAL session_replication_role = replica',
          `LOCK TABLE ${tables.join(', ')}`,
          ...tables.map((table) => `DELETE FROM ${table}`),
          'COMMIT',
        ].join('; '),
        [],
      );
    },
    async takeDown(): Promise<void> {
      administrator.close();
      await statement(options.adminUrl, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await statement(options.adminUrl, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
        name,
      ]);
    },
    async bringUp(): Promise<void> {
      await statement(options.adminUrl, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    },
    async drop(): Promise<void> {
      administrator.close();
      await Promise.all(handles.map((database) => database.close({ deadlineMs: 2_000 })));
      await dropDatabase();
    },
  };
}

interface KeptConnections {
  statement<Row extends object>(sql: string, values: readonly unknown[]): Promise<readonly Row[]>;
  /** Those that are idle end at once; the next statement opens others. */
  close(): void;
}

/** Each statement has a session as if it were the first one: to connect costs ten times what most statements do. */
function keptConnections(url: string): KeptConnections {
  let pool: Pool | undefined;
  function open(): Pool {
    const opened = new Pool({ ...limitsOf(url), max: 8, allowExitOnIdle: true });
    // Cut under our feet by a test: the statement reports it.
    opened.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined));
    return opened;
  }

  return {
    async statement<Row extends object>(sql: string, values: readonly unknown[]) {
      pool ??= open();
      const client = await pool.connect();
      let isAsNew = false;
      try {
        const { rows } = await client.query<Row>(sql, [...values]);
        await client.query('DISCARD ALL');
        isAsNew = true;
        return rows;
      } finally {
        client.release(!isAsNew);
      }
    },
    close() {
      pool?.end().catch(() => undefined);
      pool = undefined;
    },
  };
}

async function statement<Row extends object>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new Client(limitsOf(url));
  client.on('error', () => undefined); // dropped under our feet by a test: the statement reports it
  try {
    await client.connect();
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

function limitsOf(url: string): ClientConfig {
  return { connectionString: url, connectionTimeoutMillis: 60_000, statement_timeout: 60_000 };
}
