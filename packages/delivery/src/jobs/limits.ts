const secondMs = 1_000;
const dayMs = 24 * 3_600 * secondMs;

/** Everything in jobs that waits or grows, by name. */
export const jobLimits = {
  /** Messages a second to one endpoint, unless told, and at most. */
  rate: 100,
  fastest: 5_000,
  /** Jobs of a tenant that are not over. */
  open: 20,
  /** Of jobs that have ended, as of messages. */
  keptDays: 30,
  typesOrStates: 50,
  noteCharacters: 500,
  /** Messages that one step looks through, and what it does at most. */
  pageRows: 1_000,
  portion: 500,
  /** The same, where bodies of at most 256 KiB are judged by a filter: 25 MiB. */
  judgedRows: 100,
  /** Jobs of one process that are worked on at a time. */
  running: 4,
  lookMs: 500,
  /** The longest wait between two tries while Postgres is away. */
  awayStepMs: 5 * secondMs,
  stepDeadlineMs: 60 * secondMs,
  /** Seconds of the rate that may wait for the endpoint: one that is slow or away is not buried, and a job that is paused stops soon. */
  backlogSeconds: 10,
  /** How soon a job that is paused or held is looked at again. */
  holdMs: secondMs,
  /** The longest wait between two looks whether what was made is over, and how long that is awaited: as long as a task may live, and some. */
  awaitStepMs: 30 * secondMs,
  awaitMs: 6 * dayMs,
} as const;
