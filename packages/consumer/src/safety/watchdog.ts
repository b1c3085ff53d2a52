import type { Clock } from '@trunkline/core';

/**
 * Knows how long the oldest transaction has been running. Heartbeats go on whatever handlers do, so nothing else tells
 * that work stands still; waiting for a dependency is not work.
 */
export interface Watchdog {
  watch<T>(work: () => Promise<T>): Promise<T>;
  insideMs(): number;
}

export function createWatchdog(clock: Clock): Watchdog {
  const running = new Set<{ readonly sinceMs: number }>();
  return {
    async watch(work) {
      const entry = { sinceMs: clock() };
      running.add(entry);
      try {
        return await work();
      } finally {
        running.delete(entry);
      }
    },
    insideMs(): number {
      // A set keeps the order of arrival: the first is the oldest.
      const [oldest] = running;
      return oldest === undefined ? 0 : clock() - oldest.sinceMs;
    },
  };
}
