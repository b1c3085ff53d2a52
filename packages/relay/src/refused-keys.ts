import type { Clock } from '@trunkline/core';
import type { OutboxRow } from '@trunkline/postgres';

/** Keys that are passed over for a while, because the broker refused a record of theirs. */
export interface RefusedKeys {
  /** The keys to pass over in the shard; undefined: too many, the shard waits. */
  of(shard: number): readonly Buffer[] | undefined;
  add(shard: number, rows: readonly Pick<OutboxRow, 'key'>[]): void;
}

export function createRefusedKeys(options: {
  readonly clock: Clock;
  readonly holdMs: number;
  readonly maxKeys: number;
}): RefusedKeys {
  const shards = new Map<number, { readonly keys: Map<string, Buffer>; readonly untilMs: number }>();

  return {
    of(shard) {
      const held = shards.get(shard);
      if (held === undefined) return [];
      if (options.clock() >= held.untilMs) {
        // All at once: the first that is refused again begins the next while.
        shards.delete(shard);
        return [];
      }
      return held.keys.size > options.maxKeys ? undefined : [...held.keys.values()];
    },
    add(shard, rows) {
      if (rows.length === 0) return;
      const held = shards.get(shard) ?? { keys: new Map<string, Buffer>(), untilMs: options.clock() + options.holdMs };
      for (const { key } of rows) held.keys.set(key.toString('hex'), key);
      shards.set(shard, held);
    },
  };
}
