import type { Database, ServiceMigrations } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, afterEach, beforeAll } from 'vitest';

/** The database of a `describe`: made before its tests, empty after each, dropped after them. */
export interface SuiteDatabase {
  readonly test: TestDatabase;
  /** As the service's role. */
  readonly database: Database;
  /** Empties every table of the service, the inbox included. */
  empty(): Promise<void>;
}

/** To be called inside of the `describe`, before its own hooks. */
export function suiteDatabase(options: {
  readonly adminUrl: string;
  readonly service: ServiceMigrations;
}): SuiteDatabase {
  const { adminUrl, service } = options;
  let opened: { readonly test: TestDatabase; readonly database: Database } | undefined;
  const suite: SuiteDatabase = {
    get test() {
      return made().test;
    },
    get database() {
      return made().database;
    },
    async empty() {
      const tables = await suite.test.admin<{ readonly name: string }>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1`,
        [service.schema],
      );
      await suite.test.empty(...tables.map(({ name }) => name));
    },
  };
  function made(): { readonly test: TestDatabase; readonly database: Database } {
    if (opened === undefined) throw new TypeError('the database of a suite is used outside of its tests');
    return opened;
  }
  beforeAll(async () => {
    const test = await createTestDatabase({ adminUrl, services: [service] });
    opened = { test, database: test.open() };
  });
  afterEach(() => suite.empty());
  // A migration that fails is told by beforeAll; there is no database then.
  afterAll(() => opened?.test.drop());
  return suite;
}
