import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { deliveryJobs } from '../jobs/delivery-jobs.ts';
import { journalJobs } from '../jobs/journal-jobs.ts';
import { renderJobs } from '../jobs/render-list.ts';
import { replayJobs } from '../jobs/replay-jobs.ts';
import type { JobSource } from '../jobs/seen-job.ts';
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
  addExamples(command, [
    ['trunkline jobs list', 'what is being done with many dead letters, messages or deliveries, and how far it is'],
  ]);
}

export async function run({ all = false }: JobsListOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const listed = async <J>(source: JobSource<J>) => {
    const jobs = await withDatabase(context, source.schema, (database) => source.list(database, { all, signal }));
    return jobs.map((job) => ({ job, seen: source.seen(job) }));
  };
  const jobs = [
    ...(await listed(deliveryJobs)),
    ...(await listed(journalJobs)),
    ...(await listed(replayJobs)),
  ].toSorted((one, other) => other.seen.createdAtMs - one.seen.createdAtMs);
  const seen = jobs.map((each) => each.seen);
  output.result({ jobs: jobs.map(({ job }) => job) }, () =>
    seen.length === 0 ? 'no jobs' : renderJobs(seen, context.clock(), output),
  );
  return 'ok';
}
