import type { Transaction } from '@trunkline/postgres';

import type { ReplayEnding } from '../replays/replay.ts';
import type { JobEnding } from './job.ts';

/** A job that did not come to its end, and that nobody cancelled. */
export interface StoppedJob {
  readonly id: string;
  /** What it was about: a consumer group, or a source. */
  readonly about: string;
  readonly ending: JobEnding | ReplayEnding;
}

/** Of the last day, the eldest first, in a transaction that sees all tenants. */
export async function readStoppedJobs(tx: Transaction, limit: number): Promise<readonly StoppedJob[]> {
  return await tx.query<StoppedJob>(
    `SELECT id, about, ending FROM (
       SELECT job_id::text AS id, consumer_group AS about, ending, created_at, finished_at FROM journal.job
       UNION ALL SELECT 'rpl_' || replace(job_id::text, '-', ''), source, ending, created_at, finished_at FROM journal.replay
     ) job
     WHERE ending IN ('canary_failed', 'dies_again', 'failed') AND (finished_at IS NULL OR finished_at > now() - interval '1 day')
     ORDER BY created_at, id LIMIT $1`,
    [limit],
  );
}
