import { findJob } from '@trunkline/journal';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { followJob } from '../jobs/follow.ts';
import { jobIdOf, noSuchJob } from '../jobs/job-argument.ts';
import { showJob } from '../jobs/show.ts';
import { addExamples } from './examples.ts';

export interface JobsShowOptions {
  readonly id: string;
  readonly watch?: boolean;
}

export function define(jobs: Command, launch: Launch): void {
  const command = jobs
    .command('show')
    .description('one job: how far it is, and what became of its letters')
    .argument('<id>', 'the id of the job')
    .option('--watch', 'until it ends, or Ctrl-C; the job goes on')
    .action((id: string, options: Omit<JobsShowOptions, 'id'>) => launch(run, { ...options, id }));
  addExamples(command, [['trunkline jobs show 0193512b-1c7b-… --watch', 'see it go on']]);
}

export async function run(options: JobsShowOptions, context: CommandContext): Promise<ExitName> {
  const id = jobIdOf(options.id);
  const { signal } = context;
  const found = await withDatabase(context, 'journal', (database) => findJob(database, { scope: 'all', id, signal }));
  if (found === undefined) return context.output.failure(noSuchJob(id));
  const job = options.watch === true ? (await followJob(id, context)).job : found;
  if (signal.aborted) return 'interrupted';
  await showJob(job, context);
  return 'ok';
}
