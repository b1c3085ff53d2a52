import { fileURLToPath } from 'node:url';

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
