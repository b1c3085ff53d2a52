import { classify } from '@trunkline/core';
import type { Database } from '@trunkline/postgres';

/** How far a topic is indexed: of each partition the offset of the first record that is not. */
export async function readPositions(
  database: Database,
  topic: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, bigint>> {
  const rows = await database.statement<{ readonly part: number; readonly next_off: string }>(
    `SELECT position.part, position.next_off::text FROM journal.position
     JOIN journal.name ON name.id = position.topic WHERE name.kind = 'topic' AND name.name = $1`,
    [topic],
    { signal },
  );
  return new Map(rows.map(({ part, next_off }) => [part, BigInt(next_off)]));
}

/** Whether there is an index at all: its schema is migrated, readable, and something was written to it. */
export async function hasIndex(database: Database, signal?: AbortSignal): Promise<boolean> {
  try {
    const rows = await database.statement('SELECT FROM journal.position LIMIT 1', [], { signal });
    return rows.length > 0;
  } catch (thrown) {
    if (classify(thrown).code === 'dependency_unavailable') throw thrown;
    return false;
  }
}
