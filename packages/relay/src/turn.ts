import { failpoint } from '@trunkline/core';
import type { Publisher } from '@trunkline/kafka';
import {
  type Database,
  readWaitingRows,
  removeFromOutbox,
  type ShardTurn,
  takeShards,
  type WaitingRow,
} from '@trunkline/postgres';

import type { RelayLimits } from './limits.ts';
import { publishRows } from './publish-rows.ts';

export interface TurnOptions {
  readonly database: Database;
  readonly publisher: Publisher;
  readonly limits: RelayLimits;
  readonly signal: AbortSignal;
}

export interface TurnRequest {
  readonly shards: readonly ShardTurn[];
  readonly withoutKeys: readonly Buffer[];
  readonly maxRows: number;
}

export interface TurnOutcome {
  readonly published: readonly WaitingRow[];
  /** Rows that the broker refuses for good, and rows of the same keys behind them. They stay. */
  readonly refused: readonly WaitingRow[];
  readonly read: { readonly rows: number; readonly bytes: number };
  /** Of each shard that was this relay's, whose turn was last. */
  readonly afterTenants: ReadonlyMap<number, string>;
}

/**
 * One batch of some shards: read, published with acks=all, deleted, committed, in this order. Whatever ends it in between,
 * the rows are there and are published again under the same ids. Undefined: other relays work on all of the shards.
 */
export async function takeTurn(
  { database, publisher, limits, signal }: TurnOptions,
  { shards, withoutKeys, maxRows }: TurnRequest,
): Promise<TurnOutcome | undefined> {
  return await database.transaction(
    [],
    async (tx) => {
      const taken = new Set(
        await takeShards(
          tx,
          shards.map(({ shard }) => shard),
        ),
      );
      if (taken.size === 0) return undefined;
      const { rows, bytes, nextAfterTenants } = await readWaitingRows(tx, {
        shards: shards.filter(({ shard }) => taken.has(shard)),
        withoutKeys,
        maxTenants: limits.relayBatchTenants,
        maxRows,
        maxBytes: limits.relayBatchBytes,
      });
      const afterTenants = new Map(Array.from(taken, (shard) => [shard, nextAfterTenants.get(shard) ?? '']));
      const read = { rows: rows.length, bytes };
      if (rows.length === 0) return { published: [], refused: [], read, afterTenants };
      failpoint('relay.before_publish');
      const { published, refused } = await publishRows(publisher, rows, {
        deadlineMs: limits.relayPublishDeadlineMs,
        signal,
      });
      failpoint('relay.after_publish');
      await removeFromOutbox(tx, published);
      failpoint('relay.before_commit');
      return { published, refused, read, afterTenants };
    },
    { signal, deadlineMs: limits.relayTurnDeadlineMs },
  );
}
