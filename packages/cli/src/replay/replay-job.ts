import { type AskForReplay, askForReplay, hasIndex } from '@trunkline/journal';

import type { CommandContext } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { followJob } from '../jobs/follow.ts';
import { replayJobs } from '../jobs/replay-jobs.ts';

/** Whether a journal can do it; else the command does it itself. */
export async function hasReplayJobs(context: CommandContext): Promise<boolean> {
  if (context.settings.find('databaseUrl') === undefined) return false;
  return await withDatabase(context, 'journal', (database) => hasIndex(database, context.signal));
}

/** `replay` where there is a journal: a job, which is asked for, followed, and goes on without us. */
export async function replayAsJob(asked: AskForReplay, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const id = await withDatabase(context, 'journal', (database) => askForReplay(database, asked));
  output.note(`job ${id}: Ctrl-C leaves it running (trunkline jobs show ${id}; trunkline jobs cancel ${id})`);
  const { job } = await followJob(replayJobs, id, context);
  if (signal.aborted)
    return output.failure({
      exit: 'interrupted',
      code: 'interrupted',
      message: `job ${id} goes on without you`,
      fix: `trunkline jobs show ${id}; trunkline jobs cancel ${id}`,
    });
  await replayJobs.show(job, context);
  return job.ending === 'done' ? 'ok' : 'refused';
}
