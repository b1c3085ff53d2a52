/** The limits of what people set up. Times in milliseconds unless the name says otherwise. */
export const endpointLimits = {
  perTenant: 50,
  urlCharacters: 2_048,
  descriptionCharacters: 200,
  typePatterns: 50,
  scheduleSteps: 30,
  longestStepS: 72 * 3_600,
  leastTimeoutMs: 1_000,
  timeoutMs: 15_000,
  mostTimeoutMs: 30_000,
  maxInFlight: 8,
  mostInFlight: 64,
} as const;
