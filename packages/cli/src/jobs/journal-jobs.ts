import { changeJob, findJob, type Job, listJobs, readJobReasons } from '@trunkline/journal';

import type { CommandContext } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { renderJob, stateText } from './render-redrive.ts';
import type { JobSource } from './seen-job.ts';

/** Dead letters that are sent back. */
export const journalJobs: JobSource<Job> = {
  schema: 'journal',
  doing: 'redriving',
  untaken: 'does services/journal run, and does an older job of the group (trunkline jobs list)?',
  list: (database, { all, signal }) => listJobs(database, { scope: 'all', all, signal }),
  find: (database, id, signal) => findJob(database, { scope: 'all', id, signal }),
  change: changeJob,
  seen: (job) => {
    const { planned, queued, sent, diedAgain } = job.counts;
    return {
      ...job,
      of: job.group,
      stateText: stateText(job),
      phase: job.state === 'canary' ? 'running' : job.state,
      total: planned,
      done: planned - queued - sent,
      failed: diedAgain,
      isTaken: job.isLeased,
    };
  },
  async show(job: Job, context: CommandContext) {
    const { output, signal } = context;
    const reasons = await withDatabase(context, 'journal', (database) =>
      readJobReasons(database, { scope: 'all', id: job.id, signal }),
    );
    output.result({ job, reasons }, () => renderJob({ job, reasons }, output));
  },
};
