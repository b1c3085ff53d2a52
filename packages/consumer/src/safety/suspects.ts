import type { DeadRun } from '@trunkline/postgres';

import { type Place, placeName } from './in-hand.ts';

interface Hold {
  readonly first: bigint;
  readonly last: bigint;
  readonly alone: boolean;
}

/** How often a record was in hand when a process ended. */
export interface Deaths {
  readonly times: number;
  /** At least once with nothing beside it: then it is what ended the process. */
  readonly alone: boolean;
}

/** The records that processes had in hand when they ended. */
export class Suspects {
  readonly #holds = new Map<string, Hold[]>();

  constructor(runs: readonly DeadRun[]) {
    for (const { places, alone } of runs) {
      for (const { topic, partition, first, last } of places) {
        const name = placeName(topic, partition);
        const holds = this.#holds.get(name) ?? [];
        holds.push({ first, last, alone });
        this.#holds.set(name, holds);
      }
    }
  }

  get isEmpty(): boolean {
    return this.#holds.size === 0;
  }

  has(place: Place): boolean {
    return this.deathsOf(place).times > 0;
  }

  deathsOf({ topic, partition, offset }: Place): Deaths {
    const holds = this.#holds.get(placeName(topic, partition)) ?? [];
    const found = holds.filter(({ first, last }) => first <= offset && offset <= last);
    return { times: found.length, alone: found.some(({ alone }) => alone) };
  }
}
