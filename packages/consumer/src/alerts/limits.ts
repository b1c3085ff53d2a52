/** What bounds the telling of operators. Times in milliseconds. */
export const alertLimits = {
  /** Between two looks at what is wrong. */
  lookMs: 15_000,
  /** The part of a process's time that its looks take at most: one that takes long is made less often. */
  lookShare: 0.02,
  /** One look with its transaction. */
  lookDeadlineMs: 10_000,
  /** Of one look, the oldest first; what is beyond is told when others are over. */
  mostAlerts: 500,
  /** An operator who was not reached by then looks for himself: `trunkline doctor`. */
  worthMs: 24 * 3_600_000,
} as const;

/** How long to wait after a look that took so long. */
export function nextLookMs(tookMs: number): number {
  return Math.max(alertLimits.lookMs, tookMs / alertLimits.lookShare);
}
