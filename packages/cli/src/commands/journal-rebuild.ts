import { TrunklineError } from '@trunkline/core';
import { emptyIndex } from '@trunkline/journal';
import { createTopicAdmin } from '@trunkline/kafka';
import { createDatabase, withDatabase } from '@trunkline/postgres';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { actorOf } from '../dead-letters/actor.ts';
import type { ExitName } from '../exit-codes.ts';
import { openKafka } from '../kafka-access.ts';
import { migrationTarget } from '../migrations-access.ts';
import { addExamples } from './examples.ts';

export interface JournalRebuildOptions {
  readonly reason: string;
}

const journalGroups = ['journal', 'journal.failures'];
const longestReason = 500;
/** Rows of a week are dropped at once, but somebody's search may have to end first. */
const statementTimeoutMs = 60_000;

export function define(journal: Command, launch: Launch): void {
  const command = journal
    .command('rebuild')
    .description(
      'empty the index, so that the journal makes it anew from what is on the topics; stop the journal first',
    )
    .requiredOption('--reason <text>', `why; it stands in the audit (at most ${longestReason} characters)`)
    .action((options: JournalRebuildOptions) => launch(run, options));
  addExamples(command, [
    [
      'trunkline journal rebuild --reason "topics were made anew"',
      'then start the journal: it reads a week in minutes',
    ],
  ]);
}

export async function run(options: JournalRebuildOptions, context: CommandContext): Promise<ExitName> {
  const reason = options.reason.trim();
  if (reason === '' || reason.length > longestReason)
    throw new TrunklineError('config_invalid', `--reason must say why, in 1 to ${longestReason} characters`);
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
    // First, because it is refused while a journal runs; cut off behind it, what is read again is found indexed.
    for (const group of journalGroups) await admin.forgetGroup(group);
    await emptyIndex(database, { actor: actorOf(context), reason });
  } finally {
    await Promise.all([admin.close(), database.close({ deadlineMs: 2_000 })]);
  }
  context.output.result({ database: name, groups: journalGroups, reason }, () =>
    [
      `${context.output.style.good('✓')} the index is empty; the groups ${journalGroups.join(' and ')} begin anew`,
      'start the journal: it indexes what is on the topics',
    ].join('\n'),
  );
  return 'ok';
}
