/** The limits of the service. Times in milliseconds. */
export const connectionLimits = {
  /** How often it looks for work that is due, or asked for. */
  lookMs: 500,
  /** Checks at one time in a process. */
  running: 4,
  /** After it somebody else takes the work of a process that is not heard of; a call takes 15 s at the most. */
  leaseMs: 60_000,
  /** Checks in a row without an answer that make a connection degraded. */
  mostFailures: 3,
  /** Refusals in a row that do; one may be a moment of the provider's. */
  mostRefusals: 2,
  /** From a first failure or refusal to the next check; doubled for each further one, up to the usual time between checks. */
  firstAgainMs: 60_000,
  /** How often it looks for connections that a provider refused a message with. */
  refusalLookMs: 2_000,
  /** From a check to the next one for that reason: a sender that goes on being refused does not make us ask on and on. */
  refusalPauseMs: 60_000,
  /** The usual time between checks is this much longer or shorter, so that not all come at once. */
  checkJitter: 0.1,
} as const;
