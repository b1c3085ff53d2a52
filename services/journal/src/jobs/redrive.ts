import { newestApplicableAgeMs } from '@trunkline/consumer';
import type { Clock, ErrorCode, TrunklineError } from '@trunkline/core';
import { type JobLease, jobLimits, keepJob, moveJob, releaseJob, withJob } from '@trunkline/journal';
import type { KafkaConnection, Publisher } from '@trunkline/kafka';
import { type Database, leaseLost, takeTurns } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import { holdLease } from './hold-lease.ts';
import { createPhases } from './phases.ts';
import { createSending } from './sending.ts';

export interface RedriveWork {
  readonly database: Database;
  readonly kafka: KafkaConnection;
  readonly publisher: () => Promise<Publisher>;
  readonly lease: JobLease;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the process: the job is given back. */
  readonly stopping: AbortSignal;
}

/** A turn that had nothing to send. */
const idleMs = 200;

/** Failures that waiting does not cure end the job. */
const hopeless: ReadonlySet<ErrorCode> = new Set(['config_invalid', 'payload_too_large']);

/**
 * Works on one job until it ends, is lost to another process, or this one stops. Everything that it has to know stands in
 * the job's row and its plan, so whoever comes next goes on from there. Never rejects.
 */
export async function runRedrive(work: RedriveWork): Promise<void> {
  const { database, lease, log, stopping } = work;
  const keep = (signal: AbortSignal): Promise<boolean> => keepJob(database, lease, signal);
  const release = (pauseMs: number): Promise<void> => releaseJob(database, lease, pauseMs);
  await holdLease({ lease, keep, release, log, stopping }, (signal) => takeRedriveTurns(work, signal));
}

async function takeRedriveTurns(work: RedriveWork, signal: AbortSignal): Promise<number> {
  const { database, lease, log } = work;
  const phases = createPhases({ newestApplicableAgeMs });
  const sending = createSending(work, signal);
  let pauseMs = 0;

  /** The wait until the next turn, milliseconds; undefined: there is none. */
  async function turn(): Promise<number | undefined> {
    const step = await withJob(database, lease, (tx, job) => phases.step(tx, job), signal);
    if (step === leaseLost || step.next === 'over') return undefined;
    if (step.next === 'later') {
      pauseMs = jobLimits.settleLastMs;
      return undefined;
    }
    if (step.next === 'again') return 0;
    return step.next === 'wait' ? idleMs : await sending.send(step.job);
  }

  /** Says why the job stands, and ends it where waiting does not help. */
  async function tell({ code, message }: TrunklineError): Promise<void> {
    await sending.forget();
    await withJob(
      database,
      lease,
      async (tx, job) => {
        if (hopeless.has(code)) await phases.stop(tx, job, { ending: 'failed', reason: message });
        else await moveJob(tx, job, { reason: `it waits: ${message}` });
      },
      signal,
    );
  }

  try {
    await takeTurns({
      turn,
      async onFailed(error) {
        log.warn({ event: 'job.waiting', jobId: lease.id, code: error.code, reason: error.message }, 'a job waits');
        await tell(error).catch(() => undefined);
      },
      limits: jobLimits,
      signal,
    });
  } finally {
    await sending.close();
  }
  return pauseMs;
}
