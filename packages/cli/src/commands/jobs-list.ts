import { listJobs } from '@trunkline/journal';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { renderJobs } from '../jobs/render.ts';
import { addExamples } from './examples.ts';

export interface JobsListOptions {
  readonly all?: boolean;
}

export function define(jobs: Command, launch: Launch): void {
  const command = jobs
    .command('list')
    .description('jobs that are under way, and those that ended within a day')
    .option('--all', 'also older ones')
    .action((options: JobsListOptions) => launch(run, options));
  addExamples(command, [['trunkline jobs list', 'what is being done with dead letters, and how far it is']]);
}

export async function run({ all = false }: JobsListOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const jobs = await withDatabase(context, 'journal', (database) => listJobs(database, { scope: 'all', all, signal }));
  output.result({ jobs }, () => (jobs.length === 0 ? 'no jobs' : renderJobs(jobs, context.clock(), output)));
  return 'ok';
}
