import { setTimeout as delay } from 'node:timers/promises';

import { backoffMs, classify, settledWithin, type TrunklineError } from '@trunkline/core';

/** How many jobs a process works on, and how it waits. Times in milliseconds. */
export interface JobRunnerLimits {
  /** Jobs of one process. */
  readonly running: number;
  /** Between two looks for a job that nobody has. */
  readonly lookMs: number;
  /** The longest wait between two tries while a server is away. */
  readonly awayStepMs: number;
}

export interface JobRunnerOptions<L> {
  /** Takes a job that nobody has; undefined where there is none. */
  readonly claim: (signal: AbortSignal) => Promise<L | undefined>;
  /** Works on it until it ends, is lost, or the process stops: then it is given back. Does not reject. */
  readonly work: (lease: L, stopping: AbortSignal) => Promise<void>;
  readonly limits: JobRunnerLimits;
  /** Nothing can be taken for now; told once until something can. */
  readonly onAway: (error: TrunklineError) => void;
}

/** Takes jobs that nobody has, a few at a time, and works on them until they end. Any number of processes may run one. */
export interface JobRunner {
  start(): void;
  /** Takes no more jobs and gives back those it has, each after its turn. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

export function createJobRunner<L>({ claim, work, limits, onAway }: JobRunnerOptions<L>): JobRunner {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      let waitMs = limits.lookMs;
      try {
        await takeFree();
        failures = 0;
      } catch (thrown) {
        if (signal.aborted) return;
        waitMs = backoffMs(failures, { firstMs: limits.lookMs, lastMs: limits.awayStepMs });
        if (failures === 0) onAway(classify(thrown));
        failures += 1;
      }
      await pause(waitMs, signal);
    }
  }

  async function takeFree(): Promise<void> {
    while (running.size < limits.running) {
      const lease = await claim(signal);
      if (lease === undefined) return;
      const job = work(lease, signal);
      running.add(job);
      const leave = (): void => {
        running.delete(job);
      };
      job.then(leave, leave);
    }
  }

  return {
    start() {
      looking ??= look();
    },
    async stop({ deadlineMs }) {
      stopping.abort();
      // What does not end in time has a lease that runs out by itself.
      await settledWithin(Promise.all([looking, ...running]), deadlineMs);
    },
  };
}

/**
 * The work on one job: turn by turn until there is none any more, or `signal` says so. A turn that fails is tried again,
 * after longer and longer; what can be done about it is done in `onFailed`, which does not reject.
 */
export async function takeTurns({
  turn,
  onFailed,
  limits,
  signal,
}: {
  /** The wait until the next one, milliseconds; undefined: there is none. */
  readonly turn: () => Promise<number | undefined>;
  readonly onFailed: (error: TrunklineError) => Promise<void>;
  readonly limits: Pick<JobRunnerLimits, 'lookMs' | 'awayStepMs'>;
  readonly signal: AbortSignal;
}): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    try {
      const waitMs = await turn();
      if (waitMs === undefined) return;
      failures = 0;
      await pause(waitMs, signal);
    } catch (thrown) {
      if (signal.aborted) return;
      await onFailed(classify(thrown));
      await pause(backoffMs(failures, { firstMs: limits.lookMs, lastMs: limits.awayStepMs }), signal);
      failures += 1;
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => undefined);
}
