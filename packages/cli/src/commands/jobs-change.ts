import { jobLimits } from '@trunkline/journal';
import type { JobChange } from '@trunkline/postgres';
import type { Command } from 'commander';

import { rateArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import type { ExitName } from '../exit-codes.ts';
import { noSuchJob, withSource } from '../jobs/job-argument.ts';
import { reasonOption } from '../reason.ts';
import { addExamples } from './examples.ts';

export interface JobsChangeOptions {
  readonly id: string;
  readonly change: JobChange;
  readonly reason?: string;
}

interface Given {
  readonly reason?: string;
}

/** `jobs pause`, `resume`, `cancel` and `rate`: what people want of a job that is under way. */
export function define(jobs: Command, launch: Launch): void {
  const wish = (name: string, description: string, change: JobChange): Command =>
    jobs
      .command(name)
      .description(description)
      .argument('<id>', 'the id of the job')
      .addOption(reasonOption())
      .action((id: string, given: Given) => launch(run, { ...given, id, change }));
  addExamples(wish('pause', 'pause a job: nothing more is sent for now', { wanted: 'pause' }), [
    ['trunkline jobs pause 0193512b-1c7b-…', 'what is on its way is still awaited'],
  ]);
  addExamples(wish('resume', 'go on with a paused job where it stopped', { wanted: 'run' }), [
    ['trunkline jobs resume 0193512b-1c7b-…', 'at the rate it had'],
  ]);
  addExamples(wish('cancel', 'end a job early: what was not sent stays as it was', { wanted: 'cancel' }), [
    ['trunkline jobs cancel 0193512b-1c7b-… --reason "the fix was wrong"', 'with a reason for the audit log'],
  ]);
  const rate = jobs
    .command('rate')
    .description('make a job send faster or slower from now on')
    .argument('<id>', 'the id of the job')
    .argument('<n/s>', 'records per second', rateArgument(jobLimits.fastest))
    .addOption(reasonOption())
    .action((id: string, perSecond: number, given: Given) =>
      launch(run, { ...given, id, change: { rate: perSecond } }),
    );
  addExamples(rate, [['trunkline jobs rate 0193512b-1c7b-… 500/s', 'felt within a second']]);
}

export async function run({ change, reason, id }: JobsChangeOptions, context: CommandContext): Promise<ExitName> {
  const asked = { id, change, actor: actorOf(context), ...(reason === undefined ? {} : { note: reason }) };
  return await withSource(id, async (source) => {
    const job = await withDatabase(context, source.schema, (database) => source.change(database, asked));
    if (job === undefined) return context.output.failure(noSuchJob(id));
    await source.show(job, context);
    return 'ok';
  });
}
