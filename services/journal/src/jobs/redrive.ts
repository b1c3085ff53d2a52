import { newestApplicableAgeMs } from '@trunkline/consumer';
import type { Clock, ErrorCode, TrunklineError } from '@trunkline/core';
import { type JobLease, jobLimits, keepJob, moveJob, releaseJob, withJob } from '@trunkline/journal';
import type { KafkaConnection, Publisher } from '@trunkline/kafka';
import { type Database, leaseLost, takeTurns } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

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
  const line = { jobId: lease.id, fence: String(lease.fence) };
  const lost = new AbortController();
  const signal = AbortSignal.any([stopping, lost.signal]);
  const heart = setInterval(() => {
    // Turns renew it as well; this is for a turn that waits for Kafka. A failure is the next turn's to meet.
    keepJob(database, lease, signal).then(
      (kept) => {
        if (!kept) lost.abort(leaseLost);
      },
      () => undefined,
    );
  }, lease.leaseMs / 3);
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

  log.info({ event: 'job.taken', ...line }, 'job');
  try {
    await takeTurns({
      turn,
      async onFailed(error) {
        log.warn({ event: 'job.waiting', ...line, code: error.code, reason: error.message }, 'a job waits');
        await tell(error).catch(() => undefined);
      },
      limits: jobLimits,
      signal,
    });
  } finally {
    clearInterval(heart);
    await sending.close();
    if (!lost.signal.aborted) await releaseJob(database, lease, pauseMs).catch(() => undefined);
    log.info({ event: 'job.left', ...line }, 'job');
  }
}
