import { TrunklineError } from '@trunkline/core';

import type { Database } from './database.ts';
import { asNotMigrated, migrateFix } from './not-migrated.ts';

/** When each service first ran on this database. Beside the journal: a time, no tenant's data. */
export const firstStartTableSql = `
CREATE TABLE IF NOT EXISTS trunkline.first_start (
  schema text PRIMARY KEY, started_at timestamptz NOT NULL DEFAULT now())`;

/**
 * Epoch milliseconds of the service's first start, which is now if nobody has asked before. What was received earlier
 * happened before there was anybody here to tell of it.
 *
 * Rejects with `config_invalid` when the database was not migrated, `dependency_unavailable` when it does not answer.
 */
export async function readFirstStart(database: Database, signal?: AbortSignal): Promise<number> {
  try {
    await database.statement(noteSql, [database.schema], { signal });
    const [row] = await database.statement<{ readonly ms: string }>(readSql, [database.schema], { signal });
    if (row !== undefined) return Number(row.ms);
  } catch (thrown) {
    throw asNotMigrated(thrown, `the database does not keep the first starts of services: ${migrateFix}`);
  }
  throw new TrunklineError(
    'dependency_unavailable',
    `the first start of ${database.schema} went away while it was read`,
  );
}

const noteSql = 'INSERT INTO trunkline.first_start (schema) VALUES ($1) ON CONFLICT DO NOTHING';
const readSql = `
SELECT floor(extract(epoch FROM started_at) * 1000)::bigint::text AS ms FROM trunkline.first_start WHERE schema = $1`;
