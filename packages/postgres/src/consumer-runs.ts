import type { Database } from './database.ts';
import { asNotMigrated, migrateFix } from './not-migrated.ts';

/**
 * Which consumer processes ended without saying so, and what each had in hand. Infrastructure, beside the journal and
 * outside every service's schema: a row is a time and places in topics, no tenant's data.
 */
export const consumerRunTablesSql = `
CREATE TABLE IF NOT EXISTS trunkline.consumer_run (
  schema   text NOT NULL,
  run_id   uuid NOT NULL,
  beat_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (schema, run_id)
);
-- [topic, partition, first offset, last offset] each.
ALTER TABLE trunkline.consumer_run ADD COLUMN IF NOT EXISTS in_hand jsonb NOT NULL DEFAULT '[]';
-- Whether that is one record and nothing beside it.
ALTER TABLE trunkline.consumer_run ADD COLUMN IF NOT EXISTS alone boolean NOT NULL DEFAULT false`;

/** How often a process says that it lives. */
export const runBeatMs = 1_000;
/** Without a beat for so long it is dead. Below the shortest session timeout, after which others get its partitions. */
const deadAfterMs = 3_000;
/**
 * For so long after a death its records are taken with care. Longer than a supervisor waits between two starts of what
 * keeps dying (Kubernetes: 5 minutes), or each start would go in with its eyes shut.
 */
const deadForHours = 1;
/** The latest deaths only: what ends processes at once ends this many within the hour at most. */
const maxDeadRuns = 100;

/** Records of one partition, both ends included. */
export interface PlaceRange {
  readonly topic: string;
  readonly partition: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** What a run may have in hand, of all its batches. */
export interface InHand {
  readonly places: readonly PlaceRange[];
  /** It is one record, and the process does nothing beside it. */
  readonly alone: boolean;
}

export interface DeadRun extends InHand {
  readonly runId: string;
}

/** Says that this run lives. */
export async function beat(database: Database, runId: string, signal?: AbortSignal): Promise<void> {
  await ask(() => database.statement(beatSql, [database.schema, runId], { signal }));
}

/** Says that this run lives, and returns those of its service that died within the hour. */
export async function findDeadRuns(
  database: Database,
  runId: string,
  signal?: AbortSignal,
): Promise<readonly DeadRun[]> {
  const { schema } = database;
  await beat(database, runId, signal);
  return await ask(async () => {
    await database.statement(forgetOldSql, [schema, deadForHours], { signal });
    const rows = await database.statement<RunRow>(deadRunsSql, [schema, deadAfterMs, maxDeadRuns], { signal });
    return rows.map(({ run_id, in_hand, alone }) => ({ runId: run_id, places: in_hand.map(rangeOf), alone }));
  });
}

/** Writes down what this run has in hand from now on, before anybody looks at it. Says that it lives, too. */
export async function noteInHand(
  database: Database,
  { runId, inHand }: { readonly runId: string; readonly inHand: InHand },
  deadlineMs: number,
): Promise<void> {
  const places = JSON.stringify(inHand.places.map(placesOf));
  await ask(() => database.statement(noteSql, [database.schema, runId, places, inHand.alone], { deadlineMs }));
}

/** The run ends in order: nothing of it is left. */
export async function endRun(database: Database, runId: string, deadlineMs: number): Promise<void> {
  await database.statement(endRunSql, [database.schema, runId], { deadlineMs });
}

/** A long does not fit into a number of JSON. */
type Places = readonly [topic: string, partition: number, first: string, last: string];

interface RunRow {
  readonly run_id: string;
  readonly in_hand: readonly Places[];
  readonly alone: boolean;
}

function placesOf({ topic, partition, first, last }: PlaceRange): Places {
  return [topic, partition, String(first), String(last)];
}

function rangeOf([topic, partition, first, last]: Places): PlaceRange {
  return { topic, partition, first: BigInt(first), last: BigInt(last) };
}

async function ask<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    throw asNotMigrated(thrown, `the database does not keep the runs of consumers: ${migrateFix}`);
  }
}

const beatSql = `
INSERT INTO trunkline.consumer_run (schema, run_id) VALUES ($1, $2)
ON CONFLICT (schema, run_id) DO UPDATE SET beat_at = now()`;

const forgetOldSql = `
DELETE FROM trunkline.consumer_run WHERE schema = $1 AND beat_at < now() - $2::integer * interval '1 hour'`;

const deadRunsSql = `
SELECT run_id::text, in_hand, alone FROM trunkline.consumer_run
WHERE schema = $1 AND beat_at < now() - $2::integer * interval '1 millisecond' ORDER BY beat_at DESC LIMIT $3`;

/** A kill of this process does not lose what the server has taken, only a server's crash could: no wait for its disk. */
const noteSql = `
INSERT INTO trunkline.consumer_run (schema, run_id, in_hand, alone)
SELECT $1::text, $2::uuid, $3::jsonb, $4::boolean FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT (schema, run_id) DO UPDATE SET beat_at = now(), in_hand = excluded.in_hand, alone = excluded.alone`;

const endRunSql = `DELETE FROM trunkline.consumer_run WHERE schema = $1 AND run_id = $2`;
