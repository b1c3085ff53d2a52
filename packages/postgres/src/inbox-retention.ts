import type { Database } from './database.ts';

/** How long a row protects against a second effect: 38 d an event may be applied + 7 d for replays and providers' own retries. */
export const inboxRetentionMs: number = 45 * 24 * 3_600_000;

/**
 * Deletes rows past their retention, in small batches of their own transaction each, so that no lock is held long.
 * Any number of processes may do it at once. Returns how many rows went; stops early at the row limit or the signal.
 */
export async function pruneInbox(
  database: Database,
  options: { readonly nowMs: number; readonly signal?: AbortSignal; readonly batchRows?: number },
): Promise<number> {
  const batchRows = options.batchRows ?? pruneBatchRows;
  const before = new Date(options.nowMs - inboxRetentionMs).toISOString();
  let deleted = 0;
  for (let batch = 0; batch < maxPruneBatches && options.signal?.aborted !== true; batch += 1) {
    const { signal } = options;
    const rows = await database.transaction([], (tx) => tx.query(pruneSql(tx.schema), [before, batchRows]), { signal });
    deleted += rows.length;
    if (rows.length < batchRows) break;
  }
  return deleted;
}

const pruneBatchRows = 2_000;
/** 1,000 × 2,000 = 2 M rows a call; what is left goes with the next one. */
const maxPruneBatches = 1_000;

const pruneSql = (schema: string): string => `
DELETE FROM ${schema}.inbox WHERE event_id IN (
  SELECT event_id FROM ${schema}.inbox WHERE processed_at < $1 ORDER BY processed_at LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING event_id`;
