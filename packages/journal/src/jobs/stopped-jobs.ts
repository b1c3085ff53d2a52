import type { Transaction } from '@trunkline/postgres';

import type { JobEnding } from './job.ts';

/** A job that did not come to its end, and that nobody cancelled. */
export interface StoppedJob {
  readonly id: string;
  /** What it was about: a consumer group. */
  readonly about: string;
  readonly ending: JobEnding;
}

/** Of the last day, the eldest first, in a transaction that sees all tenants. */
export async function readStoppedJobs(tx: Transaction, limit: number): Promise<readonly StoppedJob[]> {
  return await tx.query<StoppedJob>(
    `SELECT job_id::text AS id, consumer_group AS about, ending FROM journal.job
     WHERE ending IN ('canary_failed', 'dies_again', 'failed') AND created_at > now() - interval '8 days'
       AND (finished_at IS NULL OR finished_at > now() - interval '1 day')
     ORDER BY created_at, job_id LIMIT $1`,
    [limit],
  );
}
