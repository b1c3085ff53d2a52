/** What bounds the telling of operators. Times in milliseconds. */
export const alertLimits = {
  /** Between two looks at what is wrong. */
  lookMs: 15_000,
  /** One look with its transaction. */
  lookDeadlineMs: 10_000,
  /** Of one look, the oldest first; what is beyond is told when others are over. */
  mostAlerts: 500,
  /** An operator who was not reached by then looks for himself: `trunkline doctor`. */
  worthMs: 24 * 3_600_000,
} as const;
