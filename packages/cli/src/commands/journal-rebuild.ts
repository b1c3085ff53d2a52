import { TrunklineError } from '@trunkline/core';
import { topics } from '@trunkline/events';
import { emptyIndex, type EmptySince, emptyIndexSince, journalLimits } from '@trunkline/journal';
import { createTopicAdmin, type TopicAdmin } from '@trunkline/kafka';
import { createDatabase, withDatabase } from '@trunkline/postgres';
import type { Command } from 'commander';

import { type Moment, momentArgument, momentMs } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import { actorOf } from '../dead-letters/actor.ts';
import type { ExitName } from '../exit-codes.ts';
import { openKafka } from '../kafka-access.ts';
import { migrationTarget } from '../migrations-access.ts';
import { requiredReason } from '../reason.ts';
import { addExamples } from './examples.ts';

export interface JournalRebuildOptions {
  readonly reason: string;
  readonly since?: Moment;
}

const journalGroups = ['journal', 'journal.failures'];
const hourMs = 3_600_000;
/** Rows of a week are dropped at once, but somebody's search may have to end first. */
const statementTimeoutMs = 60_000;

export function define(journal: Command, launch: Launch): void {
  const command = journal
    .command('rebuild')
    .description(
      'empty the index, so that the journal makes it anew from what is on the topics; stop the journal first',
    )
    .option(
      '--since <moment>',
      `only what was appended since, from the full hour on: 6h, or a time, at most ${journalLimits.eventDays} days ago; what failed keeps its rows`,
      momentArgument,
    )
    .addOption(requiredReason())
    .action((options: JournalRebuildOptions) => launch(run, options));
  addExamples(command, [
    [
      'trunkline journal rebuild --reason "the topics were recreated"',
      'then start the journal: it reads a week in minutes',
    ],
    ['trunkline journal rebuild --since 6h --reason "rows were deleted"', 'one part of it; what came before stays'],
  ]);
}

export async function run(options: JournalRebuildOptions, context: CommandContext): Promise<ExitName> {
  const { reason } = options;
  const sinceMs = options.since === undefined ? undefined : hourOf(options.since, context);
  const groups = sinceMs === undefined ? journalGroups : ['journal'];
  const { adminUrl, database: name } = migrationTarget(context.settings);
  const admin = createTopicAdmin(openKafka(context));
  const database = createDatabase({
    connectionString: withDatabase(adminUrl, name),
    schema: 'journal',
    applicationName: 'trunkline-cli',
    maxConnections: 1,
    statementTimeoutMs,
    connectTimeoutMs: 5_000,
  });
  try {
    const asked = {
      actor: actorOf(context),
      reason,
      // Cut off behind it, what is read again is found indexed.
      async forgetGroups() {
        for (const group of groups) await admin.forgetGroup(group);
      },
    };
    if (sinceMs === undefined) await emptyIndex(database, asked);
    else await emptyIndexSince(database, { ...asked, sinceMs, starts: await startsOf(admin, sinceMs) });
  } finally {
    await Promise.all([admin.close(), database.close({ deadlineMs: 2_000 })]);
  }
  const { style } = context.output;
  context.output.result({ database: name, groups, reason }, () =>
    [
      sinceMs === undefined
        ? `${style.good('✓')} the index is empty; the groups ${groups.join(' and ')} begin anew`
        : `${style.good('✓')} the index is empty from then on; the group journal begins anew and passes over what came before`,
      'start the journal: it indexes what is on the topics',
    ].join('\n'),
  );
  return 'ok';
}

/** Refused before anything is done. */
function hourOf(since: Moment, { clock }: CommandContext): number {
  const nowMs = clock();
  const sinceMs = momentMs(since, nowMs);
  if (sinceMs < nowMs - journalLimits.eventDays * 24 * hourMs)
    throw new TrunklineError(
      'config_invalid',
      `the index keeps ${journalLimits.eventDays} days: without --since all of it is made anew`,
    );
  return Math.floor(sinceMs / hourMs) * hourMs;
}

async function startsOf(admin: TopicAdmin, sinceMs: number): Promise<EmptySince['starts']> {
  const starts: EmptySince['starts'][number][] = [];
  for (const topic of topics)
    for (const start of await admin.offsetsByTimestamp(topic, sinceMs)) starts.push({ topic, ...start });
  return starts;
}
