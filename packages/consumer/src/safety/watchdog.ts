/**
 * Knows how long the oldest transaction has been running. Heartbeats go on whatever handlers do, so nothing else tells
 * that work stands still; waiting for a dependency is not work.
 */
export interface Watchdog {
  watch<T>(work: () => Promise<T>): Promise<T>;
  insideMs(): number;
}

/** On the clock that nobody sets: a step of the time of day would look like work that stands still. */
export function createWatchdog(nowMs: () => number = () => performance.now()): Watchdog {
  const running = new Set<{ readonly sinceMs: number }>();
  return {
    async watch(work) {
      const entry = { sinceMs: nowMs() };
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
      return oldest === undefined ? 0 : Math.round(nowMs() - oldest.sinceMs);
    },
  };
}
