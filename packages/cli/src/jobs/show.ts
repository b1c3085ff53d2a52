import { type Job, readJobReasons } from '@trunkline/journal';

import type { CommandContext } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { renderJob } from './render.ts';

/** Says all there is about a job, as the result of the command. */
export async function showJob(job: Job, context: CommandContext): Promise<void> {
  const { output, signal } = context;
  const reasons = await withDatabase(context, 'journal', (database) =>
    readJobReasons(database, { scope: 'all', id: job.id, signal }),
  );
  output.result({ job, reasons }, () => renderJob({ job, reasons }, output));
}
