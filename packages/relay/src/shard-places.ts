import type { ShardTurn } from '@trunkline/postgres';

/** Where the next turn of each shard begins. */
export interface ShardPlaces {
  of(shard: number): ShardTurn;
  /** Where the turn that was ended. */
  ended(place: ShardTurn): void;
}

/** A tenant that is new in a shard waits for so many turns of others at the most. */
const turnsWithoutLooking = 4;

/**
 * While more of the same tenants waits than a turn takes, the next turns go on where the last one ended: to look for
 * tenants again, past what is published and not yet cleared away, was a sixth of Postgres's work.
 */
export function createShardPlaces(): ShardPlaces {
  const places = new Map<number, { readonly turn: ShardTurn; readonly turns: number }>();

  return {
    of: (shard) => places.get(shard)?.turn ?? { shard, afterTenant: '' },
    ended({ shard, afterTenant, goingOn }) {
      const turns = places.get(shard)?.turns ?? 0;
      const isGoingOn = goingOn !== undefined && goingOn.length > 0 && turns < turnsWithoutLooking;
      if (isGoingOn) places.set(shard, { turn: { shard, afterTenant, goingOn }, turns: turns + 1 });
      else places.set(shard, { turn: { shard, afterTenant }, turns: 0 });
    },
  };
}
