import { fairShare } from '@trunkline/core';

export interface TurnstileOptions {
  /** How many may be inside at one time. */
  readonly places: number;
  /** Those that nobody who is inside already may have: they are there for whoever comes next. */
  readonly kept: number;
}

/** Somebody who wants in. */
export interface Entrant {
  /** Whose place it is. Undefined: nobody's, and it waits for a place alone. */
  readonly share: string | undefined;
  readonly enter: () => void;
  /** Whether it still wants to. */
  readonly isWanted: () => boolean;
}

/**
 * Lets requests to one origin in, so that no share has all of its connections: shares that are inside divide the places but for
 * the kept ones, and those that wait come in by turns of shares. Whoever was let in says when it leaves.
 */
export interface Turnstile {
  /** At once where there is a place, else when one is free. */
  wait(entrant: Entrant): void;
  leave(share: string | undefined): void;
}

export function createTurnstile({ places, kept }: TurnstileOptions): Turnstile {
  const inside = new Map<string | undefined, number>();
  /** By share, each in the order in which they came; the share whose turn is next stands first. */
  const waiting = new Map<string | undefined, Entrant[]>();
  let taken = 0;

  function hasPlace(share: string | undefined): boolean {
    if (taken >= places) return false;
    if (share === undefined) return true;
    const own = inside.get(share) ?? 0;
    const parties = inside.size + (own === 0 ? 1 : 0);
    return own < fairShare({ places, kept, parties });
  }

  function letIn({ share, enter }: Entrant): void {
    taken += 1;
    inside.set(share, (inside.get(share) ?? 0) + 1);
    enter();
  }

  /** The first of the first share that may. Those that want no more are passed over: not a byte of them leaves. */
  function next(): Entrant | undefined {
    // Nobody may, whoever waits: not to ask each of a hundred shares.
    if (taken >= places) return undefined;
    for (const [share, queue] of waiting) {
      while (queue[0]?.isWanted() === false) queue.shift();
      if (queue.length === 0) waiting.delete(share);
      else if (hasPlace(share)) {
        const entrant = queue.shift();
        // To the end: every other share is first now.
        waiting.delete(share);
        if (queue.length > 0) waiting.set(share, queue);
        return entrant;
      }
    }
    return undefined;
  }

  return {
    wait(entrant) {
      const { share } = entrant;
      const queue = waiting.get(share);
      if (queue === undefined && hasPlace(share)) letIn(entrant);
      else if (queue === undefined) waiting.set(share, [entrant]);
      else queue.push(entrant);
    },
    leave(share) {
      taken -= 1;
      const own = (inside.get(share) ?? 1) - 1;
      if (own === 0) inside.delete(share);
      else inside.set(share, own);
      for (let entrant = next(); entrant !== undefined; entrant = next()) letIn(entrant);
    },
  };
}
