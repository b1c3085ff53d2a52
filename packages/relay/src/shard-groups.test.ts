import { systemClock } from '@trunkline/core';
import { describe, expect, it } from 'vitest';

import { createRefusedKeys, type RefusedKeys } from './refused-keys.ts';
import { createShardGroups, type ShardGroups } from './shard-groups.ts';
import { outboxRow } from './testing/relay-harness.ts';

const all = Array.from({ length: 16 }, (_, shard) => shard);

describe('shards of the outbox', () => {
  it('share a turn while little waits in them, so that each worker has one', () => {
    expect(sharing(groups())).toEqual([8, 8]);
  });

  it('have turns of their own while each fills a batch, and share again when little is left', () => {
    const busy = groups();
    for (let turn = 0; turn < 5; turn += 1) busy.found(100);
    expect(sharing(busy)).toEqual(all.map(() => 1));

    busy.found(49);

    expect(sharing(busy)).toEqual(all.filter((shard) => shard % 2 === 0).map(() => 2));
  });

  it('share no turn with one in which keys are passed over', () => {
    const refused = refusedKeys();
    refused.add(3, [outboxRow('refused')]);

    const found = [...groups(refused).of(all)];

    expect(found).toContainEqual({ shards: [3], withoutKeys: [Buffer.from('refused')] });
    expect(found.flatMap(({ shards }) => shards).toSorted((a, b) => a - b)).toEqual(all);
    expect(found.filter(({ withoutKeys }) => withoutKeys.length > 0)).toHaveLength(1);
  });

  it('have no turn while too many keys are passed over', () => {
    const refused = refusedKeys();
    refused.add(3, [outboxRow('one'), outboxRow('two'), outboxRow('three')]);

    expect([...groups(refused).of(all)].flatMap(({ shards }) => shards)).not.toContain(3);
  });
});

function groups(refused: RefusedKeys = refusedKeys()): ShardGroups {
  return createShardGroups({ refused, maxRows: 100, workers: 2 });
}

function refusedKeys(): RefusedKeys {
  return createRefusedKeys({ clock: systemClock, holdMs: 60_000, maxKeys: 2 });
}

function sharing(grouping: ShardGroups): readonly number[] {
  return Array.from(grouping.of(all), ({ shards }) => shards.length);
}
