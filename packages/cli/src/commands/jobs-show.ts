import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { followJob } from '../jobs/follow.ts';
import { noSuchJob, withSource } from '../jobs/job-argument.ts';
import { addExamples } from './examples.ts';

export interface JobsShowOptions {
  readonly id: string;
  readonly watch?: boolean;
}

export function define(jobs: Command, launch: Launch): void {
  const command = jobs
    .command('show')
    .description('one job: its progress, and what became of its letters or messages')
    .argument('<id>', 'the id of the job')
    .option('--watch', 'until it ends, or Ctrl-C; the job goes on')
    .action((id: string, options: Omit<JobsShowOptions, 'id'>) => launch(run, { ...options, id }));
  addExamples(command, [['trunkline jobs show 0193512b-1c7b-… --watch', 'see it go on']]);
}

export async function run({ id, watch = false }: JobsShowOptions, context: CommandContext): Promise<ExitName> {
  const { signal } = context;
  return await withSource(id, async (source) => {
    const found = await withDatabase(context, source.schema, (database) => source.find(database, id, signal));
    if (found === undefined) return context.output.failure(noSuchJob(id));
    const job = watch ? (await followJob(source, id, context)).job : found;
    if (signal.aborted) return 'interrupted';
    await source.show(job, context);
    return 'ok';
  });
}
