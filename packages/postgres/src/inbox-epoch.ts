import { TrunklineError } from '@trunkline/core';

import type { Database } from './database.ts';
import { asNotMigrated, migrateFix } from './not-migrated.ts';

/**
 * The name of one inbox while it is one and the same. Whoever keeps notes about the inbox elsewhere keeps them under
 * this name: after a restore, a failover or a rebuild the notes would speak of effects that are gone.
 */

/** Beside the journal, where a service can read it and change nothing. */
export const inboxEpochTableSql = `
CREATE TABLE IF NOT EXISTS trunkline.inbox_epoch (
  schema text PRIMARY KEY, epoch uuid NOT NULL DEFAULT gen_random_uuid())`;

/** Once for each service's schema. */
export const beginInboxEpochSql = `INSERT INTO trunkline.inbox_epoch (schema) VALUES ($1) ON CONFLICT DO NOTHING`;

/**
 * The inbox's name at this moment, a uuid. It changes by itself when the inbox is made anew or truncated (another file),
 * restored into another server (another system) or to a point in time, and when a standby takes over (another
 * timeline). What it cannot notice is a server whose disk was put back to a snapshot; after that:
 * `UPDATE trunkline.inbox_epoch SET epoch = gen_random_uuid()`.
 *
 * Rejects with `config_invalid` when the database was not migrated, `dependency_unavailable` when it does not answer.
 */
export async function readInboxEpoch(database: Database, signal?: AbortSignal): Promise<string> {
  try {
    const read = database.transaction(
      [],
      (tx) => tx.query<{ readonly epoch: string }>(epochSql(tx.schema), [tx.schema]),
      {
        signal,
      },
    );
    const [row] = await read;
    if (row !== undefined) return row.epoch;
  } catch (thrown) {
    throw asNotMigrated(thrown, problem(database.schema));
  }
  throw new TrunklineError('config_invalid', problem(database.schema));
}

const problem = (schema: string): string => `the database has no inbox epoch for ${schema}: ${migrateFix}`;

/** 128 bits of a digest are plenty, and a uuid is what everyone can carry. */
const epochSql = (schema: string): string => `
SELECT encode(substring(sha256(convert_to(concat_ws('/', epoch, system_identifier, timeline_id,
  pg_relation_filenode('${schema}.inbox')), 'UTF8')) FOR 16), 'hex')::uuid::text AS epoch
FROM trunkline.inbox_epoch, pg_control_system(), pg_control_checkpoint() WHERE schema = $1`;
