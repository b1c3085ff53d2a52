import type { Transaction } from '@trunkline/postgres';

import { type JobStep, moveHead } from '../jobs/job-head.ts';
import { leasedRows } from '../jobs/leased-rows.ts';
import { type LeasedReplay, readLeasedReplay, type ReplayEnding, type ReplayState } from './replay.ts';

/** One replay of a source at a time, the eldest: the next one plans with what it has archived. */
const leased = leasedRows(
  {
    table: 'replay',
    key: 'job_id',
    where: `work.state <> 'ended' AND NOT EXISTS (
      SELECT FROM journal.replay elder WHERE elder.source = work.source AND elder.tenant_id = work.tenant_id
        AND elder.state <> 'ended' AND (elder.created_at, elder.job_id) < (work.created_at, work.job_id))`,
    orderBy: 'work.created_at, work.job_id',
  },
  readLeasedReplay,
);
export const claimReplay: typeof leased.claim = leased.claim;
export const withReplay: typeof leased.use = leased.use;
export const keepReplay: typeof leased.keep = leased.keep;
export const releaseReplay: typeof leased.release = leased.release;

/** Moves a replay on, within `withReplay`. */
export async function moveReplay(
  tx: Transaction,
  replay: Pick<LeasedReplay, 'uuid'>,
  step: JobStep<ReplayState, ReplayEnding>,
): Promise<void> {
  await moveHead(tx, { table: 'replay', uuid: replay.uuid }, step);
}
