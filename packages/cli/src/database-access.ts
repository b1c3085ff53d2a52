import { createDatabase, type Database } from '@trunkline/postgres';

import type { CommandContext } from './context.ts';

const statementTimeoutMs = 10_000;
const connectTimeoutMs = 5_000;
const closeDeadlineMs = 2_000;

/** Opens the database of the services for one use and closes it again. */
export async function withDatabase<T>(
  context: CommandContext,
  schema: string,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const database = createDatabase({
    connectionString: context.settings.require('databaseUrl'),
    schema,
    applicationName: 'trunkline-cli',
    maxConnections: 2,
    statementTimeoutMs,
    connectTimeoutMs,
  });
  try {
    return await use(database);
  } finally {
    await database.close({ deadlineMs: closeDeadlineMs });
  }
}
