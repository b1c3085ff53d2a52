import { failpoint } from '@trunkline/core';
import type { Publisher } from '@trunkline/kafka';
import {
  CopyBuffer,
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
  /** Memory of turns before, which is used again. */
  readonly spare: CopyBuffer[];
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
  /** Of each shard that was this relay's, where its next turn begins. */
  readonly places: readonly ShardTurn[];
}

/**
 * One batch of some shards: read, published with acks=all, deleted, committed, in this order. Whatever ends it in between,
 * the rows are there and are published again under the same ids. Undefined: other relays work on all of the shards.
 */
export async function takeTurn(
  { database, publisher, limits, spare, signal }: TurnOptions,
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
      const into = spare.pop() ?? new CopyBuffer(limits.relayBatchBytes);
      const { rows, bytes, nextAfterTenants, goingOn } = await readWaitingRows(tx, {
        shards: shards.filter(({ shard }) => taken.has(shard)),
        withoutKeys,
        maxTenants: limits.relayBatchTenants,
        maxRows,
        into,
      });
      const places = Array.from(taken, (shard) => ({ shard, afterTenant: nextAfterTenants.get(shard) ?? '', goingOn }));
      const read = { rows: rows.length, bytes };
      if (rows.length === 0) {
        spare.push(into);
        return { published: [], refused: [], read, places };
      }
      failpoint('relay.before_publish');
      const { published, refused } = await publishRows(publisher, rows, {
        deadlineMs: limits.relayPublishDeadlineMs,
        signal,
      });
      // A publish that was given up may still be under way with its rows: then the memory is theirs.
      if (published.length === rows.length) spare.push(into);
      failpoint('relay.after_publish');
      await removeFromOutbox(tx, published);
      failpoint('relay.before_commit');
      return { published, refused, read, places };
    },
    { signal, deadlineMs: limits.relayTurnDeadlineMs },
  );
}
