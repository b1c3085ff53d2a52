const secondMs = 1_000;

/** Everything in replays that waits or grows, by name; the rest is as of jobs (`jobLimits`). */
export const replayLimits = {
  /** Replays of one process. */
  running: 2,
  /** One reading of the archive for a plan. */
  planMs: 10 * 60 * secondMs,
  /** Deliveries of one publishing, with their events, and published again by whoever goes on after a kill. */
  portion: 50,
  /** Deliveries whose events are published first, how long their outcome is awaited, and which share may fail. */
  canaryDeliveries: 20,
  canaryWaitMs: 60 * secondMs,
  canaryDeadShare: 0.2,
} as const;
