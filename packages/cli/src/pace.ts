import { setTimeout as delay } from 'node:timers/promises';

export interface Pace {
  /** Resolves when `count` more may go. */
  wait(count: number, signal: AbortSignal): Promise<void>;
}

/** Lets at most so many per second through. The first go at once; time that was not used is not saved up. */
export function createPace(perSecond: number): Pace {
  let freeAtMs = -Infinity;
  return {
    async wait(count, signal) {
      const now = performance.now();
      const startAtMs = Math.max(now, freeAtMs);
      freeAtMs = startAtMs + (count / perSecond) * 1_000;
      if (startAtMs > now) await delay(startAtMs - now, undefined, { signal });
    },
  };
}
