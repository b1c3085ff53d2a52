import { type EventId, eventIdOfUuid, uuidOf } from '@trunkline/core';

import type { Database } from './database.ts';
import { asNotMigrated, migrateFix } from './not-migrated.ts';
import { appRole } from './roles.ts';
import type { Transaction } from './transaction.ts';

/**
 * Which consumer processes ended without saying so, and which record each had in hand. Infrastructure, beside the
 * journal and outside every service's schema: a row is a place in a topic and a count, no tenant's data.
 */
export const consumerRunTablesSql = `
CREATE TABLE IF NOT EXISTS trunkline.consumer_run (
  schema   text NOT NULL,
  run_id   uuid NOT NULL,
  beat_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (schema, run_id)
);
CREATE TABLE IF NOT EXISTS trunkline.record_in_hand (
  schema    text NOT NULL,
  topic     text NOT NULL,
  partition integer NOT NULL,
  "offset"  bigint NOT NULL,
  run_id    uuid NOT NULL,
  -- Ends of processes at which it was in hand.
  crashes   integer NOT NULL,
  marked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (schema, topic, partition, "offset")
);
GRANT SELECT, INSERT, UPDATE, DELETE ON trunkline.consumer_run, trunkline.record_in_hand TO ${appRole}`;

/** How often a process says that it lives. */
export const runBeatMs = 1_000;
/** Without a beat for so long it is dead. Below the shortest session timeout, after which others get its partitions. */
const deadAfterMs = 3_000;
/**
 * For so long after a death every new process is careful. Longer than a supervisor waits between two starts of what
 * keeps dying (Kubernetes: 5 minutes), or each start would go in with its eyes shut.
 */
const deadForHours = 1;
/** The retention of the topics: a mark outlives its record by nothing. */
const marksForHours = 7 * 24;

/** Says that this run lives. */
export async function beat(database: Database, runId: string, signal?: AbortSignal): Promise<void> {
  await ask(database, (tx) => tx.query(beatSql, [tx.schema, runId]), signal);
}

/** Says that this run lives, and returns the ids of those of its service that died. */
export async function findDeadRuns(database: Database, runId: string, signal?: AbortSignal): Promise<string[]> {
  const rows = await ask(
    database,
    async (tx) => {
      await tx.query(beatSql, [tx.schema, runId]);
      await tx.query(forgetOldSql, [tx.schema, deadForHours, marksForHours]);
      return tx.query<{ readonly run_id: string }>(deadRunsSql, [tx.schema, deadAfterMs]);
    },
    signal,
  );
  return rows.map((row) => row.run_id);
}

/** The run ends in order: nothing of it is left. */
export async function endRun(database: Database, runId: string, deadlineMs: number): Promise<void> {
  await database.transaction([], (tx) => tx.query(endRunSql, [tx.schema, runId]), { deadlineMs });
}

export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/**
 * Writes down, before anybody looks at it, that this run has this record in hand and no other. Returns at how many ends of a
 * process it was in hand: 1 for one that nobody had marked, because it was in doubt already, and one more for each
 * run that died with it.
 */
export async function takeInHand(
  database: Database,
  mark: { readonly runId: string; readonly place: RecordPlace },
  signal?: AbortSignal,
): Promise<number> {
  const { topic, partition, offset } = mark.place;
  const rows = await ask(
    database,
    async (tx) => {
      // A kill of this process does not lose what the server has taken; only a server's crash could.
      await tx.query('SET LOCAL synchronous_commit = off');
      return tx.query<{ readonly crashes: number }>(takeInHandSql, [
        tx.schema,
        mark.runId,
        topic,
        partition,
        String(offset),
        deadAfterMs,
      ]);
    },
    signal,
  );
  return rows[0]?.crashes ?? 1;
}

/** This run has no record in hand. */
export async function putDown(database: Database, runId: string, deadlineMs: number): Promise<void> {
  await database.transaction([], (tx) => tx.query(putDownSql, [tx.schema, runId]), { deadlineMs });
}

/** Those of the ids whose effect is there. */
export async function findDone(
  database: Database,
  ids: readonly EventId[],
  signal?: AbortSignal,
): Promise<ReadonlySet<EventId>> {
  if (ids.length === 0) return new Set();
  const rows = await ask(
    database,
    (tx) => tx.query<{ readonly event_id: string }>(doneSql(tx.schema), [ids.map(uuidOf)]),
    signal,
  );
  return new Set(rows.map((row) => eventIdOfUuid(row.event_id)));
}

async function ask<T>(database: Database, run: (tx: Transaction) => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await database.transaction([], run, { signal });
  } catch (thrown) {
    throw asNotMigrated(thrown, `the database does not keep the runs of consumers: ${migrateFix}`);
  }
}

const beatSql = `
INSERT INTO trunkline.consumer_run (schema, run_id) VALUES ($1, $2)
ON CONFLICT (schema, run_id) DO UPDATE SET beat_at = now()`;

const isDead = (alias: string, ms: string): string =>
  `${alias}.beat_at < now() - ${ms}::integer * interval '1 millisecond'`;

const deadRunsSql = `SELECT run_id::text FROM trunkline.consumer_run r WHERE schema = $1 AND ${isDead('r', '$2')}`;

const forgetOldSql = `
WITH marks AS (
  DELETE FROM trunkline.record_in_hand WHERE schema = $1 AND marked_at < now() - $3::integer * interval '1 hour'
)
DELETE FROM trunkline.consumer_run WHERE schema = $1 AND beat_at < now() - $2::integer * interval '1 hour'`;

const endRunSql = `
WITH marks AS (DELETE FROM trunkline.record_in_hand WHERE schema = $1 AND run_id = $2)
DELETE FROM trunkline.consumer_run WHERE schema = $1 AND run_id = $2`;

const putDownSql = `DELETE FROM trunkline.record_in_hand WHERE schema = $1 AND run_id = $2`;

/** A mark whose run lives was left by a rebalance and counts for nothing; so does our own. */
const takeInHandSql = `
WITH before AS (
  DELETE FROM trunkline.record_in_hand
  WHERE schema = $1 AND run_id = $2 AND (topic, partition, "offset") <> ($3::text, $4::integer, $5::bigint)
)
INSERT INTO trunkline.record_in_hand AS mark (schema, run_id, topic, partition, "offset", crashes)
VALUES ($1, $2, $3, $4, $5, 1)
ON CONFLICT (schema, topic, partition, "offset") DO UPDATE SET
  run_id = excluded.run_id,
  marked_at = now(),
  crashes = mark.crashes + CASE WHEN mark.run_id = excluded.run_id OR EXISTS (
    SELECT FROM trunkline.consumer_run r
    WHERE r.schema = mark.schema AND r.run_id = mark.run_id AND NOT (${isDead('r', '$6')})
  ) THEN 0 ELSE 1 END
RETURNING crashes`;

const doneSql = (schema: string): string => `SELECT event_id FROM ${schema}.inbox WHERE event_id = ANY ($1::uuid[])`;
