import { databaseUrlOf } from '@trunkline/installation';
import { createDatabase, type Database } from '@trunkline/postgres';

import type { BenchWorld } from './world.ts';

/** The database of a benchmark's installation as the service of this schema has it; closed with the world. */
export function openDatabase(world: BenchWorld, schema: string, { maxConnections = 2 } = {}): Database {
  const database = createDatabase({
    connectionString: databaseUrlOf(world.installation, schema),
    schema,
    applicationName: 'trunkline-bench',
    maxConnections,
    statementTimeoutMs: 60_000,
    connectTimeoutMs: 10_000,
  });
  world.endWith(() => database.close({ deadlineMs: 5_000 }));
  return database;
}
