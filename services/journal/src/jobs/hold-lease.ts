import type { JobLease } from '@trunkline/journal';
import { leaseLost } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

export interface HoldLease {
  readonly lease: JobLease;
  /** False: it is lost. */
  readonly keep: (signal: AbortSignal) => Promise<boolean>;
  /** A process may have it again after `pauseMs`. */
  readonly release: (pauseMs: number) => Promise<void>;
  readonly log: Logger;
  /** Of the process: the job is given back. */
  readonly stopping: AbortSignal;
}

/**
 * Keeps a job while `work` is at it, and gives it back behind it. The signal says that it has to be left: it is lost to
 * another process, or this one stops. `work` returns after how many milliseconds somebody may take it again, and does not
 * reject; nor does this.
 */
export async function holdLease(
  { lease, keep, release, log, stopping }: HoldLease,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<void> {
  const line = { jobId: lease.id, fence: String(lease.fence) };
  const lost = new AbortController();
  const signal = AbortSignal.any([stopping, lost.signal]);
  const heart = setInterval(() => {
    // Turns renew it as well; this is for a turn that waits for Kafka. A failure is the next turn's to meet.
    keep(signal).then(
      (kept) => {
        if (!kept) lost.abort(leaseLost);
      },
      () => undefined,
    );
  }, lease.leaseMs / 3);
  let pauseMs = 0;
  log.info({ event: 'job.taken', ...line }, 'job');
  try {
    pauseMs = await work(signal);
  } finally {
    clearInterval(heart);
    if (!lost.signal.aborted) await release(pauseMs).catch(() => undefined);
    log.info({ event: 'job.left', ...line }, 'job');
  }
}
