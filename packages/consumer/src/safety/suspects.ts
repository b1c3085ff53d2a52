import type { DeadRun } from '@trunkline/postgres';

import type { Place } from './in-hand.ts';
import { Places } from './places.ts';

interface Hold {
  readonly first: bigint;
  readonly last: bigint;
  readonly alone: boolean;
}

/** How often a record was in hand when a process ended. */
export interface Deaths {
  readonly times: number;
  /** At least once as one of a few: a note of a batch reaches ahead, so having been in many of those says little. */
  readonly amongFew: boolean;
  /** At least once with nothing beside it: then it is what ended the process. */
  readonly alone: boolean;
}

/** The records that processes had in hand when they ended. */
export class Suspects {
  readonly #holds = new Places<Hold[]>();

  constructor(runs: readonly DeadRun[]) {
    for (const { places, alone } of runs) {
      for (const place of places) {
        const holds = this.#holds.get(place) ?? [];
        holds.push({ first: place.first, last: place.last, alone });
        this.#holds.set(place, holds);
      }
    }
  }

  get isEmpty(): boolean {
    return this.#holds.isEmpty;
  }

  has(place: Place): boolean {
    return this.deathsOf(place).times > 0;
  }

  deathsOf(place: Place): Deaths {
    const { offset } = place;
    const holds = this.#holds.get(place) ?? [];
    const found = holds.filter(({ first, last }) => first <= offset && offset <= last);
    return {
      times: found.length,
      // Those that are taken with care are named one by one.
      amongFew: found.some(({ first, last }) => first === last),
      alone: found.some(({ alone }) => alone),
    };
  }
}
