import { fileURLToPath } from 'node:url';

import { createDatabase, type Database } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';

/** The service's migrations, which make the tables of this package. */
export const journalMigrations = {
  schema: 'journal',
  directory: fileURLToPath(new URL('../../../../services/journal/migrations', import.meta.url)),
} as const;

/** A database of one test file's own with the schema `journal`. */
export async function createJournalDatabase(adminUrl: string): Promise<TestDatabase> {
  return await createTestDatabase({ adminUrl, services: [journalMigrations] });
}

/** Connections as whoever owns the tables: for what a service may not do, as emptying its index. */
export function openAsOwner({ adminUrl }: TestDatabase): Database {
  return createDatabase({
    connectionString: adminUrl,
    schema: 'journal',
    applicationName: 'test',
    maxConnections: 1,
    statementTimeoutMs: 30_000,
    connectTimeoutMs: 5_000,
  });
}
