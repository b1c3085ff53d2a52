import { type ErrorCode, failpoint } from '@trunkline/core';
import { type JobLease, jobLimits, releaseJob, withJob } from '@trunkline/delivery';
import { type Database, leaseLost, takeTurns } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import { fail, step } from './step.ts';

export interface JobWork {
  readonly database: Database;
  readonly lease: JobLease;
  readonly log: Logger;
  /** Of the process: the job is given back. */
  readonly stopping: AbortSignal;
}

/** Time that was not used and is made up for, at most: one step's. */
const slackMs = 200;
/** Five steps a second: enough for the fastest job, and soon enough for a change of the rate. */
const stepsPerSecond = 5;

/** Failures that waiting does not cure end the job. */
const hopeless: ReadonlySet<ErrorCode> = new Set(['config_invalid']);

/**
 * Works on one job until it ends, is lost to another process, or this one stops. Everything that it has to know stands in the
 * job's row, so whoever comes next goes on from there. Never rejects.
 */
export async function runJob({ database, lease, log, stopping: signal }: JobWork): Promise<void> {
  const line = { jobId: lease.id, fence: String(lease.fence) };
  let dueAtMs = -Infinity;
  let rows = 1;
  let pauseMs = 0;

  /** The wait until the next one, milliseconds; undefined: there is none. */
  async function turn(): Promise<number | undefined> {
    const untilMs = dueAtMs - performance.now();
    if (untilMs > 0) return untilMs;
    const taken = await withJob(
      database,
      lease,
      (tx, job) => {
        const portion = portionOf(job.rate, job.kind === 'discard');
        rows = Math.max(portion, rows);
        return step(tx, job, { rows, portion });
      },
      signal,
    );
    if (taken === leaseLost || taken.next === 'over') return undefined;
    failpoint('delivery.after_job_step');
    switch (taken.next) {
      // Others have the place meanwhile.
      case 'later':
        ({ pauseMs } = taken);
        return undefined;
      case 'again':
        // Few are its business: it looks through more at a time.
        rows = Math.min(jobLimits.pageRows, rows * 2);
        return 0;
      case 'paced':
        rows = 1;
        // From when it was due, so that what a step takes is no part of the pace; more time that was not used is not saved up.
        dueAtMs = Math.max(performance.now() - slackMs, dueAtMs) + (taken.done / taken.rate) * 1_000;
        return Math.max(0, dueAtMs - performance.now());
    }
  }

  try {
    await takeTurns({
      turn,
      async onFailed({ code, message }) {
        log.warn({ event: 'job.waiting', ...line, code, reason: message }, 'a job waits');
        if (hopeless.has(code))
          await withJob(database, lease, (tx, job) => fail(tx, job, message), signal).catch(() => undefined);
      },
      limits: jobLimits,
      signal,
    });
  } finally {
    // One that is over has no turn; one that is lost is not ours to give back, and is not.
    await releaseJob(database, lease, pauseMs).catch(() => undefined);
  }
}

/** To give up what waits sends nothing. */
function portionOf(rate: number, isFree: boolean): number {
  return isFree ? jobLimits.portion : Math.min(jobLimits.portion, Math.max(1, Math.round(rate / stepsPerSecond)));
}
