import { outboxShards } from '@trunkline/postgres';

import type { RefusedKeys } from './refused-keys.ts';

/** Shards that share one transaction and one publish. */
export interface ShardGroup {
  readonly shards: readonly number[];
  readonly withoutKeys: readonly Buffer[];
}

export interface ShardGroups {
  /** Each shard in one group. How many share one is decided when it is asked for. */
  of(shards: readonly number[]): Iterable<ShardGroup>;
  /** So many rows came of the last group. */
  found(rows: number): void;
}

/**
 * Few rows of many shards cost as many statements as many rows of one: shards share a turn while little waits in them, and
 * have turns of their own while each fills a batch. Where keys are passed over, the shard is alone with them.
 */
export function createShardGroups(options: {
  readonly refused: RefusedKeys;
  readonly maxRows: number;
  readonly workers: number;
}): ShardGroups {
  // Something for each of the workers: the next one is read while the broker writes the one before.
  const most = Math.max(1, Math.ceil(outboxShards / options.workers));
  let size = most;

  return {
    *of(shards) {
      let shared: number[] = [];
      for (const shard of shards) {
        const withoutKeys = options.refused.of(shard);
        if (withoutKeys === undefined) continue;
        if (withoutKeys.length > 0) yield { shards: [shard], withoutKeys };
        else shared.push(shard);
        if (shared.length < size) continue;
        yield { shards: shared, withoutKeys: [] };
        shared = [];
      }
      if (shared.length > 0) yield { shards: shared, withoutKeys: [] };
    },
    found(rows) {
      // Tenants have equal shares of it, in whole rows, and not each has as many: it never is quite full.
      if (rows >= options.maxRows * 0.75) size = Math.max(1, Math.floor(size / 2));
      else if (rows < options.maxRows / 2) size = Math.min(most, size * 2);
    },
  };
}
