const secondMs = 1_000;

/** Everything in jobs that waits or grows, by name. */
export const jobLimits = {
  /** Letters of one plan. */
  jobLetters: 500_000,
  /** Records a second, unless told, and at most. */
  rate: 50,
  fastest: 5_000,
  /** Sent at once, and published again by whoever goes on after a kill. */
  portion: 500,
  /** Of the first reading: whoever goes on after a kill soon has something to send. */
  firstLetters: 500,
  /** Read ahead: of one reading, and how much there is of it. Two readings are held at a time. */
  readLetters: 5_000,
  readBytes: 16 * 1024 * 1024,
  readMs: 60 * secondMs,
  publishMs: 10 * secondMs,
  /** Jobs of one process. */
  running: 4,
  /** How long nobody else takes a job whose process is not heard of. */
  leaseMs: 10 * secondMs,
  lookMs: 500,
  /** The longest wait between two tries while Kafka or Postgres is away. */
  awayStepMs: 5 * secondMs,
  /** One step of a job; the longest makes the plan. */
  stepDeadlineMs: 60 * secondMs,
  /** How often it is asked what became of letters, at first and when nothing changes. */
  settleMs: 500,
  settleLastMs: 5 * secondMs,
  /** How long outcomes are awaited behind the last letter: all retry tiers, and some. */
  awaitMs: 3 * 3_600 * secondMs,
  /** The first letters, how long their outcome is awaited, and which share of them may die again. */
  canaryLetters: 20,
  canaryWaitMs: 60 * secondMs,
  canaryDeadShare: 0.2,
  /** A job that kills more of what it sends stops. */
  deadShare: 0.5,
  /** Seconds of the rate that a group may be behind. */
  backlogSeconds: 10,
  /** How often a letter is sent back without --force. */
  redrives: 3,
} as const;
