import { newestApplicableAgeMs } from '@trunkline/consumer/limits';
import { TrunklineError } from '@trunkline/core';
import { askForRedrive, countRedrive, type Job, jobLimits, type PlannedCount } from '@trunkline/journal';
import type { GroupPlan } from '@trunkline/operations/groups';

import type { CommandContext } from '../context.ts';
import { actorOf } from '../dead-letters/actor.ts';
import { indexFilterOf } from '../dead-letters/filter-options.ts';
import type { LetterIndex } from '../dead-letters/journal.ts';
import { type SelectOptions, unknownIn } from '../dead-letters/select.ts';
import type { ExitName } from '../exit-codes.ts';
import { renderNarrowTable } from '../render/narrow-table.ts';
import { type Followed, followJob } from './follow.ts';
import { journalJobs } from './journal-jobs.ts';

export interface RedriveJobOptions extends SelectOptions {
  readonly dryRun?: boolean;
  readonly rate: number;
  readonly force?: boolean;
  /** False: `--no-canary`. */
  readonly canary: boolean;
  readonly reason?: string;
}

/** `dlq redrive` where there is a journal: a job, which is asked for, followed, and goes on without us. */
export async function redriveAsJob(
  options: RedriveJobOptions,
  { group, index }: { readonly group: GroupPlan; readonly index: LetterIndex },
  context: CommandContext,
): Promise<ExitName> {
  const { output, signal, clock } = context;
  const filter = await indexFilterOf(options, group.name, context);
  const redrive = { canary: options.canary, force: options.force === true };
  const unknown = await unknownIn(options, { group, index }, context);
  if (unknown !== undefined) return output.failure(unknown);
  if (options.dryRun === true) {
    const plan = { group, filter, options: redrive, newestApplicableAgeMs, untilMs: clock() };
    const counts = await index.ask((database) => countRedrive(database, { scope: 'all', plan, signal }));
    output.result(dryRunOf(group.name, counts), () => renderDryRun(group.name, counts, context));
    return 'ok';
  }
  const note = reasonOf(options);
  const { rate } = options;
  if (rate > jobLimits.fastest)
    throw new TrunklineError('config_invalid', `a job sends at most ${jobLimits.fastest} records a second`);
  const asked = { group: group.name, filter, options: redrive, rate, note, actor: actorOf(context) };
  const id = await index.ask((database) => askForRedrive(database, asked));
  output.note(`job ${id}: Ctrl-C leaves it running (trunkline jobs show ${id}; trunkline jobs cancel ${id})`);
  return await end(await followJob(journalJobs, id, context), context);
}

/** Many letters are sent back for a reason that others will want to know. */
function reasonOf({ reason = '', all }: RedriveJobOptions): string {
  if (all === true && reason === '')
    throw new TrunklineError(
      'config_invalid',
      'say with --reason what was fixed: the audit log keeps it beside the job',
    );
  return reason;
}

async function end({ job, isOver }: Followed<Job>, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  if (signal.aborted)
    return output.failure({
      exit: 'interrupted',
      code: 'interrupted',
      message: `job ${job.id} goes on without you`,
      fix: `trunkline jobs show ${job.id}; trunkline jobs cancel ${job.id}`,
    });
  await journalJobs.show(job, context);
  if (!isOver)
    output.note(
      `what is on its way is being retried; the job ends when it has an outcome: trunkline jobs show ${job.id}`,
    );
  const { diedAgain, skipped } = job.counts;
  return job.ending === 'done' && diedAgain === 0 && skipped === 0 ? 'ok' : 'refused';
}

function dryRunOf(group: string, counts: readonly PlannedCount[]) {
  const sum = (lines: readonly PlannedCount[]): number => lines.reduce((all, { letters }) => all + letters, 0);
  const skipped = counts.filter(({ reason }) => reason !== undefined);
  return { group, dryRun: true, sent: sum(counts) - sum(skipped), skipped: sum(skipped), lines: counts };
}

function renderDryRun(group: string, counts: readonly PlannedCount[], { output }: CommandContext): string {
  const { sent } = dryRunOf(group, counts);
  const head = `${sent} ${sent === 1 ? 'dead letter' : 'dead letters'} of ${group} would be sent back`;
  if (counts.length === 0) return head;
  const table = renderNarrowTable<PlannedCount>(
    [
      { title: 'LETTERS', value: ({ letters }) => String(letters), align: 'right' },
      {
        title: 'SENT BACK',
        value: ({ reason }) => (reason === undefined ? 'yes' : `no: ${reason.replaceAll('_', ' ')}`),
      },
      { title: 'TENANT', value: ({ tenant }) => tenant },
      { title: 'TYPE', value: ({ type }) => type ?? '' },
    ],
    counts,
    output,
  );
  return `${head}\n\n${table}`;
}
